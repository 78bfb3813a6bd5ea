import { Avatar, Menu, SegmentedControl, Text, useMantineColorScheme } from "@mantine/core";
import {
  IconBook,
  IconDeviceDesktop,
  IconKey,
  IconLogout,
  IconMoon,
  IconSun,
  IconUser,
} from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { logout } from "@/api/auth";
import type { User } from "@/api/types";

interface Props {
  user: User;
  className?: string;
  labelClassName?: string;
  name?: string;
}

export function AccountMenu({ user, className, labelClassName, name }: Props) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const shown = name ?? (user.name || user.email);

  async function leave() {
    await logout();
    await navigate({ to: "/login", search: {} });
    queries.clear();
  }

  return (
    <Menu position="top-start" width={260}>
      <Menu.Target>
        <button
          type="button"
          className={className}
          aria-label={`Account of ${user.name || user.email}`}
        >
          <Avatar name={user.name || user.email} size={20} color="indigo" radius="xl" aria-hidden />
          <span className={labelClassName}>{shown}</span>
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <Text size="sm" fw={500} truncate c="var(--mantine-color-text)">
            {user.name || "No name yet"}
          </Text>
          <Text size="xs" truncate>
            {user.email}
          </Text>
        </Menu.Label>
        <ThemeChoice />
        <Menu.Divider />
        <Menu.Item
          leftSection={<IconUser size={16} />}
          onClick={() => navigate({ to: "/account" })}
        >
          Your account
        </Menu.Item>
        <Menu.Item
          leftSection={<IconKey size={16} />}
          onClick={() => navigate({ to: "/account/api-keys" })}
        >
          API keys
        </Menu.Item>
        <Menu.Item leftSection={<IconBook size={16} />} component="a" href="/docs" target="_blank">
          API reference
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={leave}>
          Log out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function ThemeChoice() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const choice = (value: string, label: string, Icon: typeof IconSun) => ({
    value,
    label: (
      <>
        <Icon size={16} style={{ display: "block", margin: "2px auto" }} aria-hidden />
        <span className="visually-hidden">{label}</span>
      </>
    ),
  });
  return (
    <SegmentedControl
      fullWidth
      size="xs"
      mx={8}
      my={4}
      w="calc(100% - 16px)"
      aria-label="Theme"
      value={colorScheme}
      onChange={(value) => setColorScheme(value as "light" | "dark" | "auto")}
      data={[
        choice("light", "Light", IconSun),
        choice("dark", "Dark", IconMoon),
        choice("auto", "As the system", IconDeviceDesktop),
      ]}
    />
  );
}
