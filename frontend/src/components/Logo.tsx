/** The product's mark: three cells of a grid and one that acts. */
export function Logo({ size = 24 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="var(--mantine-color-indigo-6)" />
      <g fill="#fff">
        <rect x="7.5" y="7.5" width="7.5" height="7.5" rx="2" />
        <rect x="17" y="7.5" width="7.5" height="7.5" rx="2" opacity="0.55" />
        <rect x="7.5" y="17" width="7.5" height="7.5" rx="2" opacity="0.55" />
        <circle cx="20.75" cy="20.75" r="3.75" />
      </g>
    </svg>
  );
}
