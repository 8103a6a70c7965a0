import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { createQueryClient } from './api/queries.ts'
import { pageToReturnTo } from './layout/return-page.ts'
import { createStudioRouter } from './router.tsx'
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
