import { Link } from '@tanstack/react-router'
import { text } from '../text.ts'
import { buttonClass } from '../ui/button.tsx'
import { useTitle } from '../ui/use-title.ts'

/** Whoever reaches a loopback installation has no account: what follows from that, in words. */
export function LocalAccount({ title = text.account.title }: { title?: string }) {
  useTitle(title)
  return (
    <div className="h-full max-w-[80ch] space-y-3 overflow-y-auto p-4">
      <h1 className="text-16 font-semibold">{text.account.localTitle}</h1>
      <p>{text.account.localBody}</p>
      <p>{text.account.localMore}</p>
      <div className="flex flex-wrap gap-3">
        <Link to="/register" className={buttonClass('accent')}>
          {text.signIn.register}
        </Link>
        <Link to="/sign-in" className={buttonClass()}>
          {text.signIn.title}
        </Link>
      </div>
      <p className="text-13 text-muted">{text.account.localFooter}</p>
    </div>
  )
}
