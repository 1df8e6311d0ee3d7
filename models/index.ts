// The public surface of the models.
export { modelNamed, MODELS } from './registry.ts';
export type { Model, ModelContext } from './model.ts';
export type { Defect } from './defect.ts';
export { defineModel } from './own/reducer-model.ts';
export { defineTaskModel } from './own/task-model.ts';
export type { Received, TaskModelDefinition, TaskModelNode } from './own/task-model.ts';
export { typesOf } from './own/contract.ts';
export type { ModelDefinition } from './own/reducer-model.ts';
export type {
  ActArgs,
  Birth,
  ConfigOf,
  Declaration,
  DefectList,
  DefectText,
  EntryOptions,
  ModelInput,
  ModelIo,
  ModelOutput,
  OwnModel,
  Tagged,
  TimeUs,
  Types,
} from './own/contract.ts';
export { swarm, swarmConfigSchema, SwarmWorld } from './swarm.ts';
export type { SwarmConfig } from './swarm.ts';
export { createHyParView, HyParView } from './hyparview.ts';
export { createPlumtree, Plumtree } from './plumtree.ts';
export { mesh, meshConfigSchema, MeshWorld } from './mesh.ts';
export type { MeshConfig } from './mesh.ts';
export { hub, HubWorld } from './hub.ts';
export type { HubConfig } from './hub/contract.ts';
export { tlsProxy, TlsProxyWorld } from './tls-proxy.ts';
export { Endpoint } from './quic/endpoint.ts';
export { Connecting } from './quic/connecting.ts';
export { Connection } from './quic/connection.ts';
export { QUIC_COSTS, quicConfigSchema, quicDefects, quicRetention } from './quic/contract.ts';
export type { CloseReason, ConnectFailure, QuicConfig, QuicOptions } from './quic/contract.ts';
export { Telemetry } from './telemetry/telemetry.ts';
