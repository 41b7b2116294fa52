import { create } from 'zustand';

/** The person wants to close the window while this many transfers run; null: nobody asked. */
export const useClosing = create<{ running: number | null }>(() => ({ running: null }));
