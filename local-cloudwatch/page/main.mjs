/**
 * The page: its views, which of them is shown, and what is told on its own.
 *
 *   #metrics?metric=…  ->  view(element, settings)  <-  every change that the server tells, at most one at a time
 */

import { listen, switchFault } from './api.mjs'
import { cost } from './cost.mjs'
import { dashboards } from './dashboards.mjs'
import { fill, setText } from './elements.mjs'
import { count } from './format.mjs'
import { metrics } from './metrics.mjs'
import { setNow } from './now.mjs'
import { addRequests, requests } from './requests.mjs'

/** Milliseconds. Charts move on without a request. */
const TICK_MS = 10_000

const VIEWS = { metrics, dashboards, requests, cost }
const main = document.querySelector('#main')
const viewElement = document.querySelector('#view')
const problem = document.querySelector('#problem')
const connection = document.querySelector('#connection')
const faults = document.querySelector('#faults')

/** The fault that is switched on, as the server told last. */
let known = ''
let isDrawing = false
let isDue = false

/** The view in the address, and its settings. */
function place() {
  const [name, query = ''] = location.hash.slice(1).split('?')
  const view = Object.hasOwn(VIEWS, name) ? name : 'metrics'
  return { view, settings: new URLSearchParams(query) }
}

/** Changes settings of the view in the address, so that a reload or a bookmark shows the same. */
function change(changes) {
  const { view, settings } = place()
  for (const [name, value] of Object.entries(changes)) {
    if (value === '' || value === undefined) settings.delete(name)
    else settings.set(name, value)
  }
  const query = settings.toString()
  history.replaceState(null, '', `#${view}${query && `?${query}`}`)
  draw()
}

/** Draws the view. If it is being drawn, it is drawn once more afterwards. */
async function draw() {
  isDue = true
  if (isDrawing) return
  isDrawing = true
  while (isDue) {
    isDue = false
    const { view, settings } = place()
    for (const link of document.querySelectorAll('nav a')) {
      const isCurrent = link.hash === `#${view}`
      if (isCurrent) link.setAttribute('aria-current', 'page')
      else link.removeAttribute('aria-current')
    }
    if (main.dataset.view !== view) {
      fill(viewElement)
      showProblem()
    }
    main.dataset.view = view
    try {
      await VIEWS[view](viewElement, settings, change)
      showProblem()
    } catch (error) {
      // What the view shows stays, and is drawn again at the next change.
      showProblem(error)
    }
  }
  isDrawing = false
}

function showProblem(error) {
  problem.hidden = error === undefined
  setText(problem, error?.message ?? '')
}

function showState({ fault, requests: total, refused, now }) {
  setNow(now)
  setText(connection, `${count(total, 'request')}, ${refused} refused`)
  connection.dataset.state = fault === null ? 'open' : 'fault'
  known = fault ?? ''
  showFault()
  draw()
}

function showFault() {
  for (const input of faults.querySelectorAll('input')) input.checked = input.value === known
  faults.dataset.fault = known
}

faults.addEventListener('change', async ({ target }) => {
  try {
    showState(await switchFault(target.value || null))
  } catch (error) {
    showFault()
    showProblem(error)
  }
})
// Its address is no view.
document.querySelector('.skip').addEventListener('click', (event) => {
  event.preventDefault()
  main.focus()
})
addEventListener('hashchange', draw)
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw)
setInterval(draw, TICK_MS)
listen({
  onState: showState,
  onRequests: addRequests,
  onConnection(isOpen) {
    if (isOpen) return
    setText(connection, 'No connection: is it still running?')
    connection.dataset.state = 'closed'
  },
})
draw()
