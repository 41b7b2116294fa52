import { create } from 'zustand';

interface LoginState {
  /** Registries whose dialog was closed without a login: it opens again only when asked for, or for a newer refusal. */
  dismissed: readonly string[];
  /** A registry to sign in to outside of any push (Registries view). */
  wanted: string | null;
}

/** Which login dialog to show. User names and passwords never come here. */
export const useLogin = create<LoginState>(() => ({ dismissed: [], wanted: null }));

export function dismissLogin(registry: string): void {
  useLogin.setState((state) => ({
    dismissed: [...new Set([...state.dismissed, registry])],
    wanted: state.wanted === registry ? null : state.wanted,
  }));
}

export function openLogin(registry: string): void {
  useLogin.setState((state) => ({ dismissed: state.dismissed.filter((name) => name !== registry), wanted: registry }));
}

/** After a login, or when a job was newly refused: the next refusal opens the dialog again. */
export function undismissLogin(registry: string): void {
  useLogin.setState((state) => ({ dismissed: state.dismissed.filter((name) => name !== registry) }));
}

export function loginDone(registry: string): void {
  undismissLogin(registry);
  useLogin.setState((state) => ({ wanted: state.wanted === registry ? null : state.wanted }));
}
