import { create } from 'zustand';

interface LoginState {
  /** Registries whose dialog was answered or put off: it opens again only when asked for, or for a newer refusal. */
  dismissed: readonly string[];
  /** A registry to sign in to outside of any push (Registries view). */
  wanted: string | null;
}

/** Which login dialog to show. User names and passwords never come here. */
export const useLogin = create<LoginState>(() => ({ dismissed: [], wanted: null }));

/** Closes the dialog: signed in, or put off. */
export function dismissLogin(registry: string): void {
  useLogin.setState((state) => ({
    dismissed: [...new Set([...state.dismissed, registry])],
    wanted: state.wanted === registry ? null : state.wanted,
  }));
}

export function openLogin(registry: string): void {
  useLogin.setState((state) => ({ dismissed: state.dismissed.filter((name) => name !== registry), wanted: registry }));
}

/** After a refusal that is new: the dialog opens, even where an earlier one was put off. */
export function undismissLogin(registry: string): void {
  useLogin.setState((state) => ({ dismissed: state.dismissed.filter((name) => name !== registry) }));
}
