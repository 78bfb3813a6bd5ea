import { Drawer, Tabs } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import type { KnowledgeFile } from "@/api/types";
import { DocumentText } from "@/components/DocumentText";
import { Chunks } from "./Chunks";
import classes from "./FileDrawer.module.css";
import { Overview } from "./Overview";

type DrawerTab = "overview" | "chunks" | "text";

/** What of a document is shown: a tab, and the characters to jump to. */
export interface Place {
  tab: DrawerTab;
  passage: { start: number; end: number } | null;
}

interface Props {
  agentId: string;
  file: KnowledgeFile | undefined;
  place: Place;
  onPlace: (place: Place) => void;
  onClose: () => void;
}

/** A document: what is known of it, the passages it was cut into, its text. */
export function FileDrawer({ agentId, file, place, onPlace, onClose }: Props) {
  const isPhone = useMediaQuery("(max-width: 48em)", false, { getInitialValueInEffect: false });
  return (
    <Drawer
      opened={Boolean(file)}
      onClose={onClose}
      position={isPhone ? "bottom" : "right"}
      size={isPhone ? "85dvh" : 560}
      title={<span className={classes.title}>{file?.name}</span>}
      classNames={{ body: classes.body, content: classes.content }}
    >
      {file && (
        <Tabs
          value={place.tab}
          onChange={(tab) => onPlace({ ...place, tab: (tab ?? "overview") as DrawerTab })}
          keepMounted={false}
          className={classes.tabs}
        >
          <Tabs.List>
            <Tabs.Tab value="overview">Overview</Tabs.Tab>
            <Tabs.Tab value="chunks">Passages</Tabs.Tab>
            <Tabs.Tab value="text">Text</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="overview" className={classes.panel} data-padded>
            <Overview agentId={agentId} file={file} />
          </Tabs.Panel>
          <Tabs.Panel value="chunks" className={classes.panel} data-padded>
            <Chunks
              agentId={agentId}
              file={file}
              onShow={({ char_start, char_end }) =>
                onPlace({ tab: "text", passage: { start: char_start, end: char_end } })
              }
            />
          </Tabs.Panel>
          <Tabs.Panel value="text" className={classes.panel}>
            <DocumentText
              key={place.passage?.start ?? "start"}
              agentId={agentId}
              fileId={file.id}
              name={file.name}
              passage={place.passage}
            />
          </Tabs.Panel>
        </Tabs>
      )}
    </Drawer>
  );
}
