/** A row of a list: ground of the list, paper when it is the one that is open beside it. */
export const ROW_LOOK =
  'h-full w-full border-b border-line text-left text-14 hover:bg-panel data-[current=true]:bg-panel data-[current=true]:shadow-[inset_3px_0_0_var(--accent)]'
