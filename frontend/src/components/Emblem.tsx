import {
  type Icon,
  IconAtom,
  IconBolt,
  IconBook2,
  IconBriefcase,
  IconBuildingStore,
  IconBulb,
  IconCode,
  IconCompass,
  IconFeather,
  IconFlask,
  IconHeartHandshake,
  IconLanguage,
  IconLeaf,
  IconLifebuoy,
  IconMap2,
  IconMessageCircle,
  IconMicroscope,
  IconPencil,
  IconPlane,
  IconScale,
  IconSchool,
  IconShieldCheck,
  IconSparkles,
  IconStethoscope,
  IconTeapot,
} from "@tabler/icons-react";
import classes from "./Emblem.module.css";

const ICONS: Record<string, Icon> = {
  sparkles: IconSparkles,
  book: IconBook2,
  message: IconMessageCircle,
  lifebuoy: IconLifebuoy,
  school: IconSchool,
  briefcase: IconBriefcase,
  bulb: IconBulb,
  code: IconCode,
  scale: IconScale,
  flask: IconFlask,
  microscope: IconMicroscope,
  atom: IconAtom,
  heart: IconHeartHandshake,
  stethoscope: IconStethoscope,
  store: IconBuildingStore,
  plane: IconPlane,
  map: IconMap2,
  compass: IconCompass,
  language: IconLanguage,
  pencil: IconPencil,
  feather: IconFeather,
  leaf: IconLeaf,
  shield: IconShieldCheck,
  bolt: IconBolt,
  teapot: IconTeapot,
};

export const EMBLEMS = Object.keys(ICONS);
const HUES = 8;

function hueOf(text: string): number {
  let hash = 7;
  for (const char of text) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) % 9973;
  return hash % HUES;
}

interface Props {
  emblem: string;
  name: string;
  size?: number;
}

/** An agent's sign: one of our icons, any short text (an emoji), or else the name's initial. */
export function Emblem({ emblem, name, size = 36 }: Props) {
  const Sign = ICONS[emblem];
  const text = emblem && emblem.length <= 8 && !Sign ? emblem : name.trim().charAt(0).toUpperCase();
  return (
    <span
      className={classes.emblem}
      data-hue={hueOf(emblem || name)}
      style={{ width: size, height: size, fontSize: size * 0.46, borderRadius: size * 0.28 }}
      aria-hidden
    >
      {Sign ? <Sign size={size * 0.54} stroke={1.7} /> : text || "?"}
    </span>
  );
}
