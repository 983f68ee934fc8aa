/** What the tests use of a package that comes without types. */
declare module "@micropython/micropython-webassembly-pyscript" {
  export function loadMicroPython(options: { readonly heapsize: number }): Promise<{
    readonly FS: { writeFile(path: string, text: string): void };
    pyimport(name: string): Readonly<Record<string, (text: string) => unknown>>;
  }>;
}
