/** Aligned text: the first column to the left, unless said otherwise, and numbers to the right. */

const GAP = '  '

/**
 * @param {string[]} head
 * @param {(string | number)[][]} rows
 * @param {{ text?: number }} [options] how many columns, from the first, hold text
 */
export function table(head, rows, { text = 1 } = {}) {
  const cells = [head, ...rows].map((row) => row.map(String))
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column].length)))
  const line = (row) =>
    row
      .map((cell, column) =>
        column < text ? cell.padEnd(widths[column]) : cell.padStart(widths[column])
      )
      .join(GAP)
      .trimEnd()
  const rule = widths.map((width) => '-'.repeat(width)).join(GAP)
  const [first, ...rest] = cells.map(line)
  return [first, rule, ...rest].map((row) => `  ${row}\n`).join('')
}

/** Text in lines of at most `width` characters, where its words allow it. */
export function wrap(text, width = 96) {
  const lines = text.split('\n').flatMap((line) => {
    const wrapped = ['']
    for (const word of line.split(' ')) {
      const longer = `${wrapped.at(-1)} ${word}`.trimStart()
      if (longer.length > width) wrapped.push(word)
      else wrapped[wrapped.length - 1] = longer
    }
    return wrapped
  })
  return lines.map((line) => `  ${line}\n`).join('')
}
