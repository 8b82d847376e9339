/**
 * Makes elements. Texts are always texts: nothing that a client sent is ever read as markup.
 *
 *   el('td', { class: 'number' }, '12')
 */

/**
 * @param {string} tag
 * @param {Record<string, unknown>} [properties] attributes, or listeners as `onclick`; `undefined` and `false` are left out
 * @param {...(Node | string | undefined | null | false)} children
 * @returns {HTMLElement}
 */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === false || value === null) continue
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value)
    else element.setAttribute(name, value === true ? '' : String(value))
  }
  element.append(...children.filter(isThere))
  return element
}

/**
 * Lets these be all that is in an element. What is in it already stays where it is, with its focus, its selection and a
 * click that goes on.
 */
export function fill(element, ...children) {
  const wanted = children.filter(isThere)
  const kept = new Set(wanted)
  for (const child of [...element.childNodes]) {
    if (!kept.has(child)) child.remove()
  }
  let next = element.firstChild
  for (const child of wanted) {
    if (child === next) next = next.nextSibling
    else element.insertBefore(child instanceof Node ? child : document.createTextNode(child), next)
  }
}

/** Changes a text only if it differs, so that nobody loses what is selected. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text
}

const isThere = (child) => child !== undefined && child !== null && child !== false

/**
 * @typedef {object} Field
 * @property {string} [name] tells it from the other fields; default: its label
 * @property {string} label
 * @property {string} value
 * @property {(value: string) => void} onchange
 * @property {(string | string[])[]} [options] of a choice: texts, or pairs of a value and a text
 * @property {'search' | 'text'} [type] of others: a search tells each letter, a text tells what was entered at the end
 * @property {string} [class]
 * @property {string} [placeholder]
 */

/** The field that belongs to a label of `showFields`, and its options. */
const shownFields = new WeakMap()

/**
 * Shows the fields of a form. Those that were there stay, with their focus and what is being typed.
 *
 * @param {HTMLFormElement} form
 * @param {Field[]} fields
 */
export function showFields(form, fields) {
  const known = [...form.children]
  fill(
    form,
    ...fields.map((field) => {
      const isChoice = field.options !== undefined
      const label =
        known.find((element) => isSameField(shownFields.get(element)?.field, field)) ??
        newField(field)
      const shown = shownFields.get(label)
      shown.field = field
      const options = JSON.stringify(field.options)
      if (isChoice && shown.options !== options) {
        shown.options = options
        fill(shown.input, ...optionsOf(field.options))
      }
      // Who types knows better.
      const isTyping = !isChoice && document.activeElement === shown.input
      if (!isTyping && shown.input.value !== field.value) shown.input.value = field.value
      return label
    })
  )
}

const isSameField = (known, { name, label, options }) =>
  known !== undefined &&
  known.name === name &&
  known.label === label &&
  (known.options === undefined) === (options === undefined)

function newField({ label: text, options, type, class: name, placeholder }) {
  const tell = () => shownFields.get(label).field.onchange(input.value)
  const input = options
    ? el('select', { 'aria-label': text, onchange: tell })
    : el('input', {
        type,
        'aria-label': text,
        placeholder,
        [type === 'search' ? 'oninput' : 'onchange']: tell,
      })
  const label = el('label', { class: name }, el('span', {}, text), input)
  shownFields.set(label, { input })
  return label
}

const optionsOf = (options) =>
  options.map((option) => {
    const [value, text] = Array.isArray(option) ? option : [option, option]
    return el('option', { value }, text)
  })

/** Options with one more if a value is none of them. */
export const withOption = (options, value) =>
  options.some((option) => (Array.isArray(option) ? option[0] : option) === value)
    ? options
    : [value, ...options]

/** The class of a cell whose text has a word that no column is as wide as. */
export const classOf = (text) => (/\S{25}/.test(text) ? 'long' : undefined)

/**
 * A table that scrolls sideways on its own.
 *
 * @param {string} caption
 * @param {(string | { text: string, class?: string })[]} heads
 * @param {Node[]} rows
 * @param {HTMLElement} [known] what this function returned before. It is used again, so that it stays where it was scrolled
 *   to. Of its rows, those stay that are given again.
 */
export function table(caption, heads, rows, known) {
  const element = known ?? newTable()
  const columns = JSON.stringify(heads)
  if (element.dataset.columns !== columns) {
    element.dataset.columns = columns
    const cells = heads.map((head) => {
      const { text = head, class: name = classOf(text) } = head
      return el('th', { scope: 'col', class: name }, text)
    })
    fill(element.querySelector('thead tr'), ...cells)
  }
  element.setAttribute('aria-label', caption)
  setText(element.querySelector('caption'), caption)
  fill(element.querySelector('tbody'), ...rows)
  return element
}

const newTable = () =>
  el(
    'div',
    { class: 'scroll', tabindex: '0', role: 'region' },
    el('table', {}, el('caption'), el('thead', {}, el('tr')), el('tbody'))
  )

/** Says that there is nothing, and what to do. */
export const nothing = (text) => el('p', { class: 'nothing' }, text)
