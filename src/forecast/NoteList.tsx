import { Alert } from '@grafana/ui';
import type { Note } from '../../backend/src/contract/index.ts';
import { noteText } from './notes.ts';

/** What a person should know about the data, each with its weight. */
export function NoteList({ notes }: { readonly notes: readonly Note[] }) {
  return (
    <>
      {notes.map((note) => (
        <Alert key={`${note.code}${note.text}`} severity={note.severity} title={noteText(note)} topSpacing={0} />
      ))}
    </>
  );
}
