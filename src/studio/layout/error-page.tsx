import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { text } from '../text.ts'
import { buttonClass } from '../ui/button.tsx'
import { DataText } from '../ui/data-text.tsx'

/** A fault of this page itself. */
export function ErrorPage({ error }: { error: unknown }) {
  return (
    <Message title={text.errors.pageTitle} body={text.errors.pageBody}>
      <p className="mb-4">
        <DataText value={String(error)} />
      </p>
    </Message>
  )
}

export function NoPage() {
  return <Message title={text.errors.noPageTitle} body={text.errors.noPageBody} />
}

function Message({ title, body, children }: { title: string; body: string; children?: ReactNode }) {
  return (
    <div role="alert" className="max-w-[80ch] p-6">
      <h1 className="mb-2 text-20 font-semibold">{title}</h1>
      <p className="mb-4 text-muted">{body}</p>
      {children}
      <Link to="/" className={buttonClass()}>
        {text.errors.toInbox}
      </Link>
    </div>
  )
}
