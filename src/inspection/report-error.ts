/** Invalid output of a script in a container. */
export class ReportError extends Error {
  override readonly name = 'ReportError';
}
