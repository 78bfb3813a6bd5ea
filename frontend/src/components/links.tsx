import { ActionIcon, Anchor, Button } from "@mantine/core";
import { createLink } from "@tanstack/react-router";

/** Mantine's buttons as links of the router, with typed addresses. */
export const ButtonLink = createLink(Button<"a">);
export const AnchorLink = createLink(Anchor<"a">);
export const IconLink = createLink(ActionIcon<"a">);
