/** The same keys in another language: one that lacks a key, or has one too many, does not compile. */
export type Translated<English> = { readonly [Key in keyof English]: string };
