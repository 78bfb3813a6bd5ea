import { createTheme, type MantineColorsTuple } from "@mantine/core";

/** Neutral greys without a blue cast, so that the one accent is the only colour at rest. */
const gray: MantineColorsTuple = [
  "#fafafa",
  "#f4f4f5",
  "#ececee",
  "#e1e1e4",
  "#cfcfd4",
  "#a5a5ad",
  "#84848d",
  "#63636b",
  "#3f3f46",
  "#232328",
];
const dark: MantineColorsTuple = [
  "#ececef",
  "#b9b9c0",
  "#9b9ba4",
  "#74747d",
  "#36363c",
  "#2b2b30",
  "#212125",
  "#17171a",
  "#111113",
  "#0a0a0b",
];
const indigo: MantineColorsTuple = [
  "#eef1fd",
  "#dfe4fb",
  "#bdc7f5",
  "#98a7ef",
  "#7a8be9",
  "#6274e2",
  "#4c5fd7",
  "#3f50bf",
  "#3543a3",
  "#2b3785",
];

const OVERLAY = { backgroundOpacity: 0.3, blur: 0 };

export const theme = createTheme({
  primaryColor: "indigo",
  primaryShade: 6,
  colors: { gray, dark, indigo },
  black: "#1b1b1f",
  autoContrast: true,
  fontFamily: "'Inter Variable', system-ui, -apple-system, 'Segoe UI', sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace",
  headings: {
    fontWeight: "600",
    sizes: {
      h1: { fontSize: "22px", lineHeight: "28px" },
      h2: { fontSize: "18px", lineHeight: "24px" },
      h3: { fontSize: "15px", lineHeight: "20px" },
    },
  },
  fontSizes: { xs: "12px", sm: "13px", md: "14px", lg: "16px", xl: "20px" },
  lineHeights: { xs: "1.4", sm: "1.45", md: "1.5", lg: "1.55", xl: "1.4" },
  spacing: { xs: "8px", sm: "12px", md: "16px", lg: "24px", xl: "32px" },
  radius: { xs: "4px", sm: "6px", md: "8px", lg: "12px", xl: "16px" },
  defaultRadius: "md",
  respectReducedMotion: true,
  focusRing: "auto",
  cursorType: "pointer",
  components: {
    InputWrapper: { styles: { description: { fontSize: 12.5 }, error: { fontSize: 12.5 } } },
    Tooltip: {
      defaultProps: {
        openDelay: 350,
        position: "bottom",
        withArrow: false,
        transitionProps: { duration: 120 },
      },
    },
    Modal: {
      defaultProps: {
        centered: true,
        radius: "lg",
        padding: "lg",
        transitionProps: { duration: 150 },
        overlayProps: OVERLAY,
      },
      styles: { title: { fontWeight: 600, fontSize: 15 } },
    },
    Drawer: { defaultProps: { transitionProps: { duration: 180 }, overlayProps: OVERLAY } },
    Menu: { defaultProps: { shadow: "md", transitionProps: { duration: 100 }, radius: "md" } },
    Popover: { defaultProps: { shadow: "md", transitionProps: { duration: 120 } } },
    ActionIcon: { defaultProps: { variant: "subtle", color: "gray" } },
  },
});
