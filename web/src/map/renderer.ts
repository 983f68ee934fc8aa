/**
 * Draws the leaves of the map: one draw call by WebGL 2, or pixel by pixel where a browser has none.
 *
 *   places ──once a layout──▶ buffer ┐
 *   looks  ──when changed───▶ buffer ┴─ draw(camera) ─▶ canvas
 *
 * A look is four bytes a leaf: red, green, blue, and shape in bits 0..1, dimmed in bit 2.
 */
import type { Camera, Screen } from "./camera.ts";

export const LOOK = { shape: 0x03, dimmed: 0x04 } as const;

export interface MapRenderer {
  readonly name: "webgl" | "pixels";
  readonly canvas: HTMLCanvasElement;
  setPlaces(places: Float32Array): void;
  /** `beatS`: when each leaf was last heard, in s of the page's clock; it shines for a moment. */
  setLooks(looks: Uint8Array, beatS: Float32Array): void;
  /** `nowS`: for what shines; NaN where nothing moves. */
  draw(camera: Camera, screen: Screen, nowS: number): void;
}

/** A cell's share that its leaf fills, so that neighbours stay apart. */
const FILL = 0.84;
/** How long a leaf shines after it was heard. */
export const SHINE_S = 0.9;

/** Each gets a canvas of its own: one that WebGL was tried on takes no pixels. */
export const createRenderer = (): MapRenderer | undefined =>
  webglRenderer(document.createElement("canvas")) ??
  pixelRenderer(document.createElement("canvas"));

const VERTEX = `#version 300 es
in vec2 place;
in vec4 look;
in float beat;
uniform vec2 origin;
uniform vec2 size;
uniform float scale;
uniform float now;
out vec3 colour;
flat out float shape;
out float strength;
void main() {
  vec2 px = (place - origin) * scale;
  gl_Position = vec4(px / size * vec2(2, -2) + vec2(-1, 1), 0, 1);
  gl_PointSize = max(1.0, scale * ${FILL});
  float code = floor(look.a * 255.0 + 0.5);
  shape = mod(code, 4.0);
  bool dimmed = code >= 4.0;
  float shine = now >= 0.0 ? clamp(1.0 - (now - beat) / ${SHINE_S}, 0.0, 1.0) : 0.5;
  colour = mix(look.rgb, vec3(1), dimmed ? 0.0 : shine * 0.28);
  strength = dimmed ? 0.13 : 0.72 + 0.28 * shine;
}`;

const FRAGMENT = `#version 300 es
precision highp float;
in vec3 colour;
flat in float shape;
in float strength;
uniform float scale;
out vec4 pixel;
void main() {
  vec2 at = gl_PointCoord * 2.0 - 1.0;
  float soft = clamp(3.0 / scale, 0.04, 1.0);
  float round = length(at);
  float away = shape == 3.0 ? abs(at.x) + abs(at.y) : shape == 2.0 ? max(abs(at.x), abs(at.y)) * 1.15 : round;
  // Small ones are squares: a disc of three pixels is a blur.
  if (scale < 5.0) away = 0.0;
  float inside = 1.0 - smoothstep(1.0 - soft, 1.0, away);
  if (shape == 1.0) inside *= scale < 5.0 ? 0.45 : smoothstep(0.5 - soft, 0.5, round);
  float alpha = inside * strength;
  pixel = vec4(colour * alpha, alpha);
}`;

function webglRenderer(canvas: HTMLCanvasElement): MapRenderer | undefined {
  const gl = canvas.getContext("webgl2", { antialias: false, powerPreference: "low-power" });
  if (gl === null) return undefined;
  const program = gl.createProgram();
  for (const [type, source] of [
    [gl.VERTEX_SHADER, VERTEX],
    [gl.FRAGMENT_SHADER, FRAGMENT],
  ] as const) {
    const shader = gl.createShader(type);
    if (shader === null) return undefined;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) return undefined;
  // biome-ignore lint/correctness/useHookAtTopLevel: WebGL's, not React's.
  gl.useProgram(program);
  gl.enable(gl.BLEND);
  gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);

  const attribute = (name: string, parts: number, type: number) => {
    const buffer = gl.createBuffer();
    const at = gl.getAttribLocation(program, name);
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.enableVertexAttribArray(at);
    gl.vertexAttribPointer(at, parts, type, type === gl.UNSIGNED_BYTE, 0, 0);
    return (data: Float32Array | Uint8Array, usage: number) => {
      gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
      gl.bufferData(gl.ARRAY_BUFFER, data as Float32Array<ArrayBuffer>, usage);
    };
  };
  const putPlaces = attribute("place", 2, gl.FLOAT);
  const putLooks = attribute("look", 4, gl.UNSIGNED_BYTE);
  const putBeats = attribute("beat", 1, gl.FLOAT);
  const uniform = (name: string) => gl.getUniformLocation(program, name);
  const [origin, size, scale, now] = [
    uniform("origin"),
    uniform("size"),
    uniform("scale"),
    uniform("now"),
  ];
  let count = 0;

  return {
    name: "webgl",
    canvas,
    setPlaces: (places) => {
      count = places.length / 2;
      putPlaces(places, gl.STATIC_DRAW);
    },
    setLooks: (looks, beatS) => {
      putLooks(looks, gl.DYNAMIC_DRAW);
      putBeats(beatS, gl.DYNAMIC_DRAW);
    },
    draw: (camera, screen, nowS) => {
      const ratio = canvas.width / screen.width;
      gl.viewport(0, 0, canvas.width, canvas.height);
      gl.clear(gl.COLOR_BUFFER_BIT);
      gl.uniform2f(origin, camera.x, camera.y);
      gl.uniform2f(size, canvas.width, canvas.height);
      gl.uniform1f(scale, camera.scale * ratio);
      gl.uniform1f(now, Number.isNaN(nowS) ? -1 : nowS);
      gl.drawArrays(gl.POINTS, 0, count);
    },
  };
}

function pixelRenderer(canvas: HTMLCanvasElement): MapRenderer | undefined {
  const pen = canvas.getContext("2d");
  if (pen === null) return undefined;
  let places = new Float32Array();
  let looks = new Uint8Array();
  let image: ImageData | undefined;

  return {
    name: "pixels",
    canvas,
    setPlaces: (next) => {
      places = next as Float32Array<ArrayBuffer>;
    },
    setLooks: (next) => {
      looks = next as Uint8Array<ArrayBuffer>;
    },
    draw: (camera, screen) => {
      const { width, height } = canvas;
      if (image?.width !== width || image.height !== height)
        image = pen.createImageData(width, height);
      const pixels = new Uint32Array(image.data.buffer).fill(0);
      const scale = camera.scale * (width / screen.width);
      const side = Math.max(1, Math.round(scale * FILL));
      const line = Math.max(1, Math.round(side / 6));
      for (let i = 0; i < looks.length / 4; i++) {
        const left = Math.round(((places[2 * i] as number) - camera.x) * scale - side / 2);
        const top = Math.round(((places[2 * i + 1] as number) - camera.y) * scale - side / 2);
        const fromX = Math.max(0, left);
        const toX = Math.min(width, left + side);
        if (fromX >= toX || top >= height || top + side <= 0) continue;
        const code = looks[4 * i + 3] as number;
        // Little-endian, as all that runs a browser: alpha, blue, green, red.
        const alpha = (code & LOOK.dimmed) !== 0 ? 0x22 : 0xe0;
        const paint =
          ((alpha << 24) |
            ((looks[4 * i + 2] as number) << 16) |
            ((looks[4 * i + 1] as number) << 8) |
            (looks[4 * i] as number)) >>>
          0;
        const isRing = (code & LOOK.shape) === 1 && side > 3;
        for (let y = Math.max(0, top); y < Math.min(height, top + side); y++) {
          if (!isRing || y - top < line || y - top >= side - line) {
            pixels.fill(paint, y * width + fromX, y * width + toX);
            continue;
          }
          pixels.fill(paint, y * width + fromX, y * width + Math.min(toX, left + line));
          pixels.fill(paint, y * width + Math.max(fromX, left + side - line), y * width + toX);
        }
      }
      pen.putImageData(image, 0, 0);
    },
  };
}
