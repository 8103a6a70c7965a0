import { Link } from '@tanstack/react-router'
import { TriangleAlert } from 'lucide-react'
import { useEffect, useRef } from 'react'
import type { ApiKeyCreated } from '../../identity/schema.ts'
import { text } from '../text.ts'
import { buttonClass } from '../ui/button.tsx'
import { CommandBlock } from '../ui/command-block.tsx'
import { Note } from '../ui/note.tsx'
import { KeyDetail } from './key-detail.tsx'

const words = text.newKey

/** The one time that a key is seen. */
export function MadeKey({ made }: { made: ApiKeyCreated }) {
  const title = useRef<HTMLHeadingElement>(null)
  // The form it came from is gone, and with it where the keyboard was.
  useEffect(() => title.current?.focus(), [])
  return (
    <section className="space-y-4">
      <Note tone="wait" icon={TriangleAlert}>
        <h2 ref={title} tabIndex={-1} className="font-medium">
          {words.madeTitle}
        </h2>
        <p>{words.madeBody}</p>
      </Note>
      <CommandBlock command={made.key} what={words.what} />
      <div>
        <p className="mb-1 text-13 text-muted">{words.tryIt}</p>
        <CommandBlock command={tryCommand(made.key)} what={text.inbox.emptyWhat} />
      </div>
      <KeyDetail apiKey={made} />
      <Link to="/account/keys/$keyId" params={{ keyId: made.id }} className={buttonClass()}>
        {words.done}
      </Link>
    </section>
  )
}

const tryCommand = (key: string) =>
  `export COUNTERSIGN_API_KEY=${key}
curl -s '${location.origin}/api/v1/auth/me' \\
  -H "X-API-Key: $COUNTERSIGN_API_KEY"`
