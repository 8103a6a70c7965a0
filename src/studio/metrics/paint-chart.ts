import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { Tone } from '../ui/note.tsx'

export type ChartSeries = {
  label: string
  values: (number | null)[]
  tone: Tone | 'accent'
  /** Told apart without colours. */
  isDashed?: boolean
}

export type Painted = {
  /** Seconds since 1970. */
  times: number[]
  series: ChartSeries[]
  /** Bars stand on one another. */
  kind: 'bars' | 'lines'
  sayValue: (value: number) => string
  /** A time below the chart. */
  sayTick: (seconds: number) => string
  /** The top of the scale, where it is known. */
  top?: number | undefined
}

const HEIGHT = 180
const DASH = [4, 4]

/** Draws into an element, in the colours that its variables stand for there. */
export function paintChart(
  target: HTMLElement,
  { times, series, kind, sayValue, sayTick, top }: Painted,
  onPoint: (index: number | null) => void,
): uPlot {
  const color = (name: string) => readColor(target, name)
  const step = times.length > 1 ? times[1]! - times[0]! : 60
  const axis = { stroke: color('muted'), font: `12px ${getComputedStyle(target).fontFamily}` }
  const grid = { stroke: color('line'), width: 1 }
  // The highest is drawn first and the others before it, so that each shows what it adds.
  const drawn = kind === 'bars' ? stack(series).toReversed() : series
  const options: uPlot.Options = {
    width: target.clientWidth,
    height: HEIGHT,
    padding: [12, 8, 0, 0],
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, y: false, points: { show: kind === 'lines' } },
    scales: {
      // Room for half a bar at both ends.
      x: { range: (_, first, last) => [first - step / 2, last + step / 2] },
      y: { range: (_, __, highest) => [0, top ?? uPlot.rangeNum(0, highest || 1, 0.1, true)[1]!] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        ticks: grid,
        space: 80,
        size: 30,
        values: (_, splits) => splits.map(sayTick),
      },
      { ...axis, grid, ticks: { show: false }, size: 64, values: (_, splits) => splits.map(sayValue) },
    ],
    series: [
      {},
      ...drawn.map(({ label, tone, isDashed }) => {
        const stroke = color(tone)
        return kind === 'bars'
          ? {
              label,
              fill: stroke,
              width: 0,
              points: { show: false },
              paths: uPlot.paths.bars!({ size: [0.7, 28] }),
            }
          : {
              label,
              stroke,
              width: 2,
              ...(isDashed && { dash: DASH }),
              points: { show: true, size: 5, fill: stroke },
            }
      }),
    ],
    hooks: { setCursor: [({ cursor: { idx } }) => onPoint(idx ?? null)] },
  }
  const chart = new uPlot(options, [times, ...drawn.map(({ values }) => values)], target)
  return chart
}

/** Each on top of those before it. */
function stack(series: ChartSeries[]): ChartSeries[] {
  const below: number[] = []
  return series.map((each) => ({
    ...each,
    values: each.values.map((value, index) => {
      below[index] = (below[index] ?? 0) + (value ?? 0)
      return below[index]
    }),
  }))
}

/** A canvas does not know `var()`, nor `light-dark()`: the element is asked what it would paint. */
function readColor(target: HTMLElement, name: string): string {
  const probe = document.createElement('span')
  probe.style.color = `var(--${name})`
  target.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}
