import assert from "node:assert/strict";
import { test } from "node:test";
import { ROUTES } from "../../../transports/http/routes.ts";
import { startServer } from "./start-server.ts";

interface Document {
  openapi: string;
  paths: Record<
    string,
    Record<
      string,
      {
        parameters: { name: string; in: string }[];
        responses: Record<string, object>;
        security?: object[];
      }
    >
  >;
  components: { schemas: Record<string, unknown> };
}

test("GET /api/openapi.json documents every route, and each reference in it leads somewhere", async (t) => {
  const { http } = await startServer(t);
  const document = (await (await fetch(`${http.url}/api/openapi.json`)).json()) as Document;
  assert.equal(document.openapi, "3.1.0");

  const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const served = ROUTES.map(({ method, url }) => `${method} ${url.replace(/:(\w+)/g, "{$1}")}`);
  assert.deepEqual(documented.sort(), served.sort());

  for (const [path, methods] of Object.entries(document.paths)) {
    for (const { parameters } of Object.values(methods)) {
      const named = parameters.filter((one) => one.in === "path").map(({ name }) => name);
      assert.deepEqual(
        named,
        [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
      );
    }
  }

  const references = JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g);
  let count = 0;
  for (const [, reference = ""] of references) {
    count += 1;
    const id = /^#\/components\/schemas\/(\w+)$/.exec(reference)?.[1];
    assert.ok(id !== undefined && id in document.components.schemas, reference);
  }
  assert.ok(count > 10);
});

test("GET /api/openapi.json names the statuses that answers come with, and who needs no password", async (t) => {
  const { http } = await startServer(t);
  const { paths } = (await (await fetch(`${http.url}/api/openapi.json`)).json()) as Document;
  const statuses = (path: string, method: string) =>
    Object.keys(paths[path]?.[method]?.responses ?? {});
  assert.deepEqual(statuses("/api/leaves", "get"), ["200", "default"]);
  assert.deepEqual(statuses("/api/leaves", "post"), ["201", "default"]);
  assert.deepEqual(statuses("/healthz", "get"), ["200", "503", "default"]);
  assert.deepEqual(paths["/healthz"]?.["get"]?.security, []);
  assert.equal(paths["/api/state"]?.["get"]?.security, undefined);
});
