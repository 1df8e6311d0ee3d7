// The lint rules of this project that oxlint has no rule for: the layers of the folders, and mathematics that is alike everywhere.
// Invariant: both judge by an allow-list, so a folder or a Math member that nobody listed is refused.
import { dirname, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(fileURLToPath(import.meta.url));

/** `quicksoak/layers`: each top-level folder imports only from itself and from those its row of the option lists. */
const layers = {
  meta: { type: 'problem', schema: [{ type: 'object', additionalProperties: { type: 'array' } }] },
  create(context) {
    const allowed = context.options[0];
    const [layer, ...rest] = relative(ROOT, context.filename).split(sep);
    if (layer === '..' || rest.length === 0) return {};

    const check = (node, source) => {
      if (source?.type !== 'Literal' || typeof source.value !== 'string') return;
      if (/^quicksoak(\/|$)/.test(source.value)) {
        context.report({ node, message: 'Import the file itself by its relative path, not through the package.' });
      } else if (/^\.{1,2}(\/|$)/.test(source.value)) {
        const [target] = relative(ROOT, resolve(dirname(context.filename), source.value)).split(sep);
        if (target === layer || allowed[layer]?.includes(target)) return;
        const may =
          allowed[layer] === undefined ? 'is not listed' : `may import from: ${allowed[layer].join(', ') || '-'}`;
        context.report({ node, message: `The layer '${layer}' imports from '${target}'; it ${may} (.oxlintrc.json).` });
      }
    };
    const checkSource = (node) => check(node, node.source);
    return {
      ImportDeclaration: checkSource,
      ExportNamedDeclaration: checkSource,
      ExportAllDeclaration: checkSource,
      ImportExpression: checkSource,
      TSImportType: checkSource,
      TSExternalModuleReference: (node) => check(node, node.expression),
    };
  },
};

/** `quicksoak/exact-math`: `Math` only as `Math.<allowed member>`, and `**` only where both operands are known and the result exact. */
const exactMath = {
  meta: { type: 'problem', schema: [{ type: 'object', properties: { allow: { type: 'array' } } }] },
  create(context) {
    const allowed = new Set(context.options[0].allow);
    const checkPower = (node) => {
      if (node.operator !== '**' && node.operator !== '**=') return;
      if (node.operator === '**' && isExactPower(node, context.sourceCode)) return;
      context.report({
        node,
        message:
          'The power operator may differ by engine: use sim/random/math.ts, or integer constants with an exact result.',
      });
    };
    return {
      BinaryExpression: checkPower,
      AssignmentExpression: checkPower,
      Program(program) {
        const variable = context.sourceCode.getScope(program).set.get('Math');
        for (const { identifier } of variable?.references ?? []) {
          const use = identifier.parent;
          const isMember = use.type === 'MemberExpression' && use.object === identifier && !use.computed;
          if (isMember && allowed.has(use.property.name)) continue;
          const found = isMember ? `Math.${use.property.name}` : 'Math other than as Math.<name>';
          context.report({
            node: identifier,
            message: `Found ${found}, which may be random or differ by engine: use the streams or sim/random/math.ts.`,
          });
        }
      },
    };
  },
};

/** True for big integers, for a power of two that a double holds, and for a result that is a safe integer. */
function isExactPower(node, sourceCode) {
  if (typeof node.left.bigint === 'string') return true;
  const base = integerOf(node.left, sourceCode);
  const exponent = integerOf(node.right, sourceCode);
  if (base === 2) return exponent >= -1022 && exponent <= 1023;
  return exponent >= 0 && Number.isSafeInteger(base ** exponent);
}

/** The integer that `node` spells: a literal, a sum, difference or product, or a constant of the same file; NaN for anything else. */
function integerOf(node, sourceCode) {
  const valueOf = (part) => integerOf(part, sourceCode);
  switch (node.type) {
    case 'Literal':
      return Number.isInteger(node.value) ? node.value : Number.NaN;
    case 'UnaryExpression':
      return node.operator === '-' ? -valueOf(node.argument) : Number.NaN;
    case 'BinaryExpression':
      if (node.operator === '+') return valueOf(node.left) + valueOf(node.right);
      if (node.operator === '-') return valueOf(node.left) - valueOf(node.right);
      return node.operator === '*' ? valueOf(node.left) * valueOf(node.right) : Number.NaN;
    case 'Identifier': {
      const reference = sourceCode.getScope(node).references.find(({ identifier }) => identifier === node);
      const [definition, ...others] = reference?.resolved?.defs ?? [];
      const isConstant =
        others.length === 0 && definition?.parent?.kind === 'const' && definition.node.id.type === 'Identifier';
      return isConstant && definition.node.init ? valueOf(definition.node.init) : Number.NaN;
    }
    default:
      return Number.NaN;
  }
}

export default { meta: { name: 'quicksoak' }, rules: { layers, 'exact-math': exactMath } };
