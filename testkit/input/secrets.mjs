/**
 * What people pass as `key` in place of the name of a variable. None of them is valid anywhere. `core` is the part that
 * tells one from another.
 */

/** A part that appears nowhere else. */
const core = (number) => `q7ZkW${String(number).padStart(2, '0')}vB3nR9tL`

/** The same in other alphabets. */
const hex = (part) => Buffer.from(part).toString('hex')
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const base32 = (part) => Array.from(Buffer.from(part), (byte) => BASE32[(byte * 7) % 32]).join('')

const SHAPES = {
  OpenAI: (part) => `sk-${part}`,
  'OpenAI project': (part) => `sk-proj-${part}_${part}`,
  Anthropic: (part) => `sk-ant-api03-${part}AA`,
  Stripe: (part) => `sk_live_${part}`,
  'Stripe restricted': (part) => `rk_live_${part}`,
  'Stripe publishable': (part) => `pk_test_${part}`,
  'Stripe webhook': (part) => `whsec_${part}`,
  Langfuse: (part) => `pk-lf-${part}`,
  AWS: (part) => `AKIA${part.toUpperCase()}`,
  'AWS temporary': (part) => `ASIA${part.toUpperCase()}`,
  'AWS secret': (part) => `wJalrXUtn/${part}+bPxRfiCYEXAMPLEKEY`,
  'GitHub personal': (part) => `ghp_${part}`,
  'GitHub OAuth': (part) => `gho_${part}`,
  'GitHub user': (part) => `ghu_${part}`,
  'GitHub server': (part) => `ghs_${part}`,
  'GitHub refresh': (part) => `ghr_${part}`,
  'GitHub fine-grained': (part) => `github_pat_${part}`,
  GitLab: (part) => `glpat-${part}`,
  Google: (part) => `AIza${part}`,
  'Google OAuth': (part) => `ya29.${part}`,
  Slack: (part) => `xoxb-${part}`,
  JWT: (part) => `eyJhbGciOiJIUzI1NiJ9.${part}.${part}`,
  'Hugging Face': (part) => `hf_${part}`,
  Groq: (part) => `gsk_${part}`,
  npm: (part) => `npm_${part}`,
  Replicate: (part) => `r8_${part}`,
  DigitalOcean: (part) => `dop_v1_${part}`,
  'MD5 digest': (part) => `${hex(part).slice(0, 30)}0f`,
  'MD5 digest in capitals': (part) => `${hex(part).slice(0, 30)}0f`.toUpperCase(),
  'SHA-1 digest': (part) => `${hex(part).slice(0, 30)}90ab12cd0f`,
  'SHA-256 digest': (part) => `${hex(part).slice(0, 30).repeat(2)}0f1e`,
  'digest behind a name': (part) => `OPENAI_API_KEY_${hex(part)}`,
  'UUID without dashes': (part) => `6f1c0b2e${hex(part).slice(0, 24)}`,
  base32: (part) => `${base32(part)}K5QW6Z7T`,
  Jina: (part) => `jina_${hex(part)}${part}`,
  Firecrawl: (part) => `fc-${hex(part)}`,
  Tavily: (part) => `tvly-dev-${part}`,
  Perplexity: (part) => `pplx-${part}`,
  xAI: (part) => `xai-${part}`,
  Linear: (part) => `lin_api_${part}`,
  Notion: (part) => `secret_${part}`,
  'Notion, new': (part) => `ntn_123456${part}`,
  SendGrid: (part) => `SG.${part}.${part}`,
  Twilio: (part) => `AC${hex(part)}`,
  Resend: (part) => `re_${part}_a1B2c3D4e5`,
  Mailgun: (part) => `key-${hex(part)}`,
  Deepgram: (part) => `${hex(part)}0f1e2d3c`,
  'letters and digits alone': (part) => `${part.toLowerCase()}x9`,
  UUID: (part) => `6f1c0b2e-${part}-4a5b`,
  'mixed cases and digits': (part) => `${part}xYz01`,
  'a header': (part) => `Bearer ${part}`,
  'a URL': (part) => `https://user:${part}@example.com`,
  JSON: (part) => `{"key":"${part}"}`,
  'a private key': (part) => `-----BEGIN PRIVATE KEY-----\n${part}\n-----END PRIVATE KEY-----`,
  'spaces around it': (part) => `  sk_${part} `,
  'a colon before it': (part) => `:${part}`,
  'a letter that is not ASCII': (part) => `ü${part}`,
  'a lone surrogate': (part) => `\ud800${part}`,
  '5,000 characters': (part) => part + 'aB3'.repeat(1_700),
  'a secret behind the cut': (part) => `${'A'.repeat(1_100)}-${part}`,
}

/** @type {{ name: string, secret: string, core: string }[]} */
export const SECRETS = Object.entries(SHAPES).map(([name, shape], number) => {
  const part = core(number)
  const secret = shape(part)
  const digits = hex(part).slice(0, 24)
  const cores = [part, part.toUpperCase(), part.toLowerCase(), digits, digits.toUpperCase()]
  return { name, secret, core: [...cores, base32(part)].find((core) => secret.includes(core)) }
})
