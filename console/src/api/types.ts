import type { components, paths } from "./schema";

/** What the API takes and gives, by path and method, from the document that it publishes. */
export type Schemas = components["schemas"];
export type Method = "get" | "post" | "put" | "patch" | "delete";

/** The paths that know a method. */
export type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P] extends Record<M, infer O> ? (O extends object ? P : never) : never;
}[keyof paths];

type Operation<P extends keyof paths, M extends Method> = paths[P] extends Record<M, infer O> ? NonNullable<O> : never;
type Parameters<P extends keyof paths, M extends Method> =
  Operation<P, M> extends { parameters: infer All } ? All : never;
type Part<All, Name extends string> = All extends Record<Name, infer Found> ? Found : never;
type Json<Content> = Content extends { content: { "application/json": infer Body } } ? Body : never;
type Success<R> = R extends Record<201, infer Created> ? Created : R extends Record<200, infer Found> ? Found : never;

export type PathParameters<P extends keyof paths, M extends Method> = Part<Parameters<P, M>, "path">;
export type Query<P extends keyof paths, M extends Method> =
  Parameters<P, M> extends { query?: infer Found } ? NonNullable<Found> : never;
export type Body<P extends keyof paths, M extends Method> =
  Operation<P, M> extends { requestBody?: infer Found } ? Json<NonNullable<Found>> : never;
export type Answer<P extends keyof paths, M extends Method> =
  Operation<P, M> extends { responses: infer R } ? Json<Success<R>> : never;
export type Data<P extends keyof paths, M extends Method> = Answer<P, M> extends { data: infer Found } ? Found : never;
export type Pagination = { page: number; limit: number; total: number; totalPages: number };
