/** What a platform lacks, for tests and their groups. */

const only = (isThere, reason) => ({ skip: !isThere && reason })
const IS_LINUX = process.platform === 'linux'

export const IS_WINDOWS = process.platform === 'win32'
export const NEEDS_NAMESPACES = only(IS_LINUX, 'namespaces are of Linux')
export const ON_LINUX = only(IS_LINUX, 'needs Linux')
/** There is none on Windows. */
export const NEEDS_SPOOL = only(!IS_WINDOWS, 'there is no spool on Windows')
/** For what a process has loaded and started, and whether it stands still. */
export const NEEDS_PROC = only(IS_LINUX, 'proc(5) is of Linux')
