import { notifications } from "@mantine/notifications";
import { asApiError } from "@/lib/problem";

export function notifyDone(message: string): void {
  notifications.show({ message, color: "indigo", autoClose: 4000, withBorder: true });
}

export function notifyError(error: unknown, title?: string): void {
  const { problem } = asApiError(error);
  notifications.show({
    title: title ?? problem.title,
    message: problem.detail,
    color: "red",
    autoClose: 9000,
    withBorder: true,
  });
}
