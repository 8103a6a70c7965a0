import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { createQueryClient } from './api/queries.ts'
import { createStudioRouter } from './router.tsx'
import { pageToReturnTo } from './sign-in/return-page.ts'
import './styles.css'

const router = createStudioRouter()
const queryClient = createQueryClient(() => {
  void router.navigate({ to: '/sign-in', search: { next: pageToReturnTo() }, replace: true })
})

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
)
