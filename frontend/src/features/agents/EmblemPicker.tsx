import { Input, UnstyledButton } from "@mantine/core";
import { EMBLEMS, Emblem } from "@/components/Emblem";
import classes from "./EmblemPicker.module.css";

interface Props {
  value: string;
  onChange: (emblem: string) => void;
}

export function EmblemPicker({ value, onChange }: Props) {
  return (
    <Input.Wrapper label="Emblem" component="div" labelElement="div">
      <div className={classes.grid} role="radiogroup" aria-label="Emblem">
        {EMBLEMS.map((emblem) => (
          <UnstyledButton
            key={emblem}
            role="radio"
            aria-checked={value === emblem}
            aria-label={emblem}
            className={classes.choice}
            onClick={() => onChange(emblem)}
          >
            <Emblem emblem={emblem} name={emblem} size={32} />
          </UnstyledButton>
        ))}
      </div>
    </Input.Wrapper>
  );
}
