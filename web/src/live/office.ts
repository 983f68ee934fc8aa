/** The hooks by which components look at the office's tasks, cycles, voices and people. */
import { store, useTopic } from "./live.ts";

const { office } = store;

export const useTasks = () => useTopic("tasks", office.tasks);
export const useTask = (id: number) => useTopic(`task:${id}`, () => office.task(id));
export const useCycleIds = () => useTopic("cycles", office.cycleIds);
export const useCycle = (id: string) => useTopic(`cycle:${id}`, () => office.cycle(id));
export const useModels = () => useTopic("models", office.models);
export const usePeople = () => useTopic("people", office.people);
export const usePerson = (id: number) => useTopic(`person:${id}`, () => office.person(id));
export const useLedgerHead = () => useTopic("ledger", office.ledger);
