import { type RefObject, useCallback, useEffect, useRef, useState } from "react";

const NEAR_PX = 40;

interface Tail {
  scroller: RefObject<HTMLDivElement | null>;
  content: RefObject<HTMLDivElement | null>;
  isFollowing: boolean;
  jump: () => void;
}

/** Keeps the newest text in view while it grows, until the reader scrolls up. */
export function useFollowTail(): Tail {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  const [isFollowing, setFollowing] = useState(true);

  const follow = useCallback((next: boolean) => {
    following.current = next;
    setFollowing(next);
  }, []);

  const jump = useCallback(() => {
    follow(true);
    const box = scroller.current;
    if (box) box.scrollTop = box.scrollHeight;
  }, [follow]);

  useEffect(() => {
    const box = scroller.current;
    const inner = content.current;
    if (!box || !inner) return;
    let lastTop = box.scrollTop;
    let lastHeight = box.scrollHeight;

    function onScroll() {
      if (!box) return;
      const isNear = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX;
      // Content that shrank moves the position too; only the reader moves it up otherwise.
      const movedUp = box.scrollTop < lastTop - 1 && box.scrollHeight >= lastHeight;
      if (isNear) follow(true);
      else if (movedUp) follow(false);
      lastTop = box.scrollTop;
      lastHeight = box.scrollHeight;
    }

    const observer = new ResizeObserver(() => {
      if (following.current) box.scrollTop = box.scrollHeight;
    });
    observer.observe(inner);
    observer.observe(box);
    box.addEventListener("scroll", onScroll, { passive: true });
    return () => {
      observer.disconnect();
      box.removeEventListener("scroll", onScroll);
    };
  }, [follow]);

  return { scroller, content, isFollowing, jump };
}
