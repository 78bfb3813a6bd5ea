import { useEffect, useEffectEvent, useState } from "react";
import { notifyError } from "@/components/notify";
import { droppedFiles } from "./dropped";

function hasFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes("Files") ?? false;
}

/** Files and folders dropped anywhere on the page. True while some are dragged over it. */
export function usePageDrop(onFiles: (files: File[]) => void): boolean {
  const [isDragging, setDragging] = useState(false);
  const take = useEffectEvent((files: File[]) => {
    if (files.length > 0) onFiles(files);
  });
  useEffect(() => {
    // Enter and leave fire for every element passed; only the last leave means outside.
    let depth = 0;
    function onEnter(event: DragEvent) {
      if (!hasFiles(event)) return;
      depth += 1;
      setDragging(true);
    }
    function onLeave(event: DragEvent) {
      if (!hasFiles(event)) return;
      depth = Math.max(0, depth - 1);
      if (depth === 0) setDragging(false);
    }
    function onOver(event: DragEvent) {
      if (hasFiles(event)) event.preventDefault();
    }
    function onDrop(event: DragEvent) {
      if (!hasFiles(event) || !event.dataTransfer) return;
      event.preventDefault();
      depth = 0;
      setDragging(false);
      droppedFiles(event.dataTransfer)
        .then(take)
        .catch((error: unknown) => notifyError(error, "What you dropped could not be read"));
    }
    window.addEventListener("dragenter", onEnter);
    window.addEventListener("dragleave", onLeave);
    window.addEventListener("dragover", onOver);
    window.addEventListener("drop", onDrop);
    return () => {
      window.removeEventListener("dragenter", onEnter);
      window.removeEventListener("dragleave", onLeave);
      window.removeEventListener("dragover", onOver);
      window.removeEventListener("drop", onDrop);
    };
  }, []);
  return isDragging;
}
