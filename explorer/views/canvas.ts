// A canvas that follows its size, the theme and whatever signals its drawing reads.
// Invariant: it is drawn anew only when something it shows has changed, and in device pixels.
import { effect, useSignal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { palette } from './palette.ts';
import type { Palette } from './palette.ts';

/** What a drawing is made on; lengths are CSS pixels. */
export interface Surface {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
  readonly colours: Palette;
}

/**
 * A reference for a canvas element, which `draw` keeps drawn.
 *
 * @param draw - Called on an empty surface; the signals it reads are followed.
 * @param inputs - When one of them changes, `draw` is taken anew.
 */
export function useCanvas(
  draw: (surface: Surface) => void,
  inputs: readonly unknown[],
): RefObject<HTMLCanvasElement | null> {
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useSignal('');
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => {
      size.value = `${element.clientWidth} ${element.clientHeight} ${devicePixelRatio}`;
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  useEffect(
    () =>
      effect(() => {
        void size.value;
        const surface = surfaceOf(canvas.current);
        if (surface !== undefined) draw(surface);
      }),
    [...inputs],
  );
  return canvas;
}

/** An empty surface; undefined for a canvas that is not shown. */
export function surfaceOf(canvas: HTMLCanvasElement | null): Surface | undefined {
  const colours = palette.value;
  if (canvas === null) return undefined;
  const { clientWidth: width, clientHeight: height } = canvas;
  const context = canvas.getContext('2d');
  if (context === null || width === 0 || height === 0) return undefined;
  const scale = devicePixelRatio;
  const [deviceWidth, deviceHeight] = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width !== deviceWidth || canvas.height !== deviceHeight) {
    canvas.width = deviceWidth;
    canvas.height = deviceHeight;
  }
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height, colours };
}
