/** The one component of react-router-dom 5 that the host itself uses; the package brings no types. */
declare module 'react-router-dom' {
  import type { ComponentType, ReactNode } from 'react';
  export const Router: ComponentType<{ history: unknown; children: ReactNode }>;
}
