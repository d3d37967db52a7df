// Calls a server with what openapi-typescript has generated; that it compiles is half of the test.
import createClient from "openapi-fetch";
import type { components, paths } from "./spoor.js";

const url = process.argv[2];
const client = createClient<paths>({ baseUrl: url });

function given<T>(value: T | undefined, error: unknown): T {
  if (value === undefined) throw new Error(JSON.stringify(error));
  return value;
}
function check(holds: boolean, what: unknown): void {
  if (!holds) throw new Error(JSON.stringify(what));
}

const path = { c: "ts" };
const created = await client.PUT("/v1/collections/{c}", { params: { path }, body: {} });
check(given(created.data, created.error).name === "ts", created.data);

const record: components["schemas"]["Record"] = {
  id: "a",
  object: "cab",
  coords: Array.from({ length: 60 }, (_, i) => [0.0005 * i, 51.5, 1000 + i]),
};
const written = await client.POST("/v1/collections/{c}/trajectories", {
  params: { path, query: { columns: {} } },
  body: record,
  bodySerializer: (body) => JSON.stringify(body) + "\n",
  headers: { "Content-Type": "application/x-ndjson" },
});
check(given(written.data, written.error).accepted === 1, written.data);

const similar = await client.POST("/v1/collections/{c}/search/similar", {
  params: { path },
  body: {
    query: { coords: record.coords },
    k: 10,
    min_score: 0,
    score: "jaccard",
    direction: "same",
    exact: false,
    include: ["geometry", "tags"],
    explain: false,
    consistency: "eventual",
    max_staleness_ms: 1000,
    allow_partial: false,
  },
});
const answer = given(similar.data, similar.error);
if (!("hits" in answer)) throw new Error("asked for JSON, got GeoJSON");
const hit = answer.hits[0];
check(hit?.id === "a" && hit.geometry?.type === "LineString", hit);

const wrong = await client.POST("/v1/collections/{c}/search/range", {
  params: { path },
  body: { filter: { objects: [] } } as components["schemas"]["RangeRequest"],
});
check(wrong.error?.errors?.[0].field === "/filter/objects", wrong);

const gone = await client.DELETE("/v1/collections/{c}", { params: { path } });
check(gone.response.status === 204, gone.error);
console.log("the TypeScript client does");
