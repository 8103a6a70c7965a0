import { Link } from '@tanstack/react-router'
import { ArrowLeft } from 'lucide-react'
import { text } from '../text.ts'

/** Where a card is a page of its own: the name of the page, and the way back. */
export function BackToInbox() {
  return (
    <div className="mb-3 panes:hidden">
      <h1 className="sr-only">{text.inbox.title}</h1>
      <Link to="/" className="inline-flex items-center gap-1 text-13 text-accent">
        <ArrowLeft size={14} aria-hidden="true" />
        {text.inbox.back}
      </Link>
    </div>
  )
}
