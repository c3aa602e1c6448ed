// What `src/react.ts` uses of React, so that building needs none of its types.
declare module "react" {
  type Dispatch<State> = (next: State | ((before: State) => State)) => void;
  export function useCallback<Callback extends (...args: never[]) => unknown>(
    callback: Callback,
    dependencies: readonly unknown[],
  ): Callback;
  export function useEffect(
    effect: () => void | (() => void),
    dependencies?: readonly unknown[],
  ): void;
  export function useRef<Value>(initial: Value): { current: Value };
  export function useState<State>(): [State | undefined, Dispatch<State | undefined>];
  export function useState<State>(initial: State | (() => State)): [State, Dispatch<State>];
}
