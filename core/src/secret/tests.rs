//! The two sides of the rule: shapes of secrets, and names of variables. No secret is valid anywhere; all are made up.

use super::*;
use crate::strategies::cases;
use proptest::prelude::*;

const SECRETS: &[(&str, &str)] = &[
    ("MD5 digest", "483a50dd234afed66aaad2fc26716326"),
    ("MD5 digest in capitals", "8998530877710984AE48D55C34DB7316"),
    ("SHA-1 digest", "d552390ace153ea0232a8291067050494d83c367"),
    ("SHA-1 digest in capitals", "67394C42EF0569C396B943081CB9CE32F602A058"),
    ("SHA-256 digest", "930166c2b9e14ccc80e2fa769eac61b42b03f74904bb407de7cc992f8b4e7f4b"),
    ("SHA-256 digest in capitals", "A43816BC69F5448025A87A24883492F11FFC349D5EEF4566936ECE29366969DF"),
    (
        "SHA-512 digest",
        "3b75b940ac49425138d26eed1553f9578733eda751e20908b89c2b015572ed106ce29e9a3e6431b565790317dc8a4a102f546b449359e623404b9b080e0a9fe9",
    ),
    ("UUID", "101209d8-e82d-20c0-8020-a3fd3a00317e"),
    ("UUID in capitals", "7BB23278-EEF1-1E25-5676-7914BEAEF093"),
    ("UUID without dashes", "b6945178510363fe871d79a97bfd2666"),
    ("UUID in braces", "{fea4ec20-4f61-f803-e173-0427c0a688a6}"),
    ("ULID", "01HZXR3DTAS5Y3X0FF27NUJEKC"),
    ("base32, 16", "IOHBNFVPC7OIZG5Q"),
    ("base32, 26", "NDUZE3432HOPUGBMACVK2VDOJQ"),
    ("base32, 32", "T6SGUEO5OSANYHNF4Z62NIFIZ6D5PFYU"),
    ("base32, 52", "EFXINCCPIBGIQ63QK5LICMHW56UDUVYGB4LE4IMU3MKWCJTWQEPY"),
    ("base32 in lower case", "7dab6xozf6un4gzfgl3zjtissxl3xvrn"),
    ("base32 with padding", "PVHAS7IV6NXTOVS4FJQGSN7FR6IY===="),
    ("base58, 44", "fcc3QusjcJkwRUcR5rUbrCUGcRXdiScL9iXU2kWU95bz"),
    ("base62, 20", "rOhod86kdg9rsjGhtMNI"),
    ("base62, 24", "Ahogek3VcATS1ybSdzwzV8lL"),
    ("base62, 32", "iWRb3Zq89uatFRCX11qJNWtNphU1hkrf"),
    ("base62, 40", "7o7rT7DPtRtpfrcsftKkLD7r30Bef2QxYEoei8ER"),
    ("base62, 84", "swVVeSqz6nCBTVWuQtyawLEkVxG4bDCIENLCCFuZwVZtKdgZPLvafEGO8Sw5iIClj15iLhbFOqsqOsjinMFO"),
    ("base64", "Ouk/20E2bfIWTgk5wm4GNPzfaBRlf+QtdF681dkM6Y=="),
    ("base64 URL", "kNBRD6mNSKXH16UhQil_YOwV2MI37Yzhe0hJhvoDsc4"),
    ("letters and digits", "hbiw7knd7q2qazg36i1x6lgx"),
    ("letters", "xHStWxDKsZFTYoBFYAsffbkIfwBPPNOx"),
    ("digits", "013626142451349383867987"),
    ("AWS access key", "AKIA23DL5HDMPNZPKKPZ"),
    ("AWS temporary access key", "ASIAFNSAOHT7JVL3ICBV"),
    ("AWS secret", "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"),
    ("AWS secret without signs", "ebHIE9NqyHjkPkjZS7Vo07DDRPsVSy3VycEgPS6T"),
    (
        "AWS session token",
        "IQoJb3JpZ2luX2VjYkpfDEDXPgYaD8QAMbSFwKDf4S+3TyYIXVmKvIx2siFqISUUdvY5rksL3YPPnguTUODB1yyMdFXmlfYWHqN2o5uX+6DHpHwJ6azKsnerbULd8BGv95xUdCdd",
    ),
    ("OpenAI", "sk-qdpbrcthifXLjEGoIBE3hEIOeKdonn3Tn49061XcMJygFqJm"),
    (
        "OpenAI project",
        "sk-proj-W93nTXxa1OSJFWP1DgSvhOmcQp6cO_I6UO3KI6BKpox947GrcOaoiMV1RNzo-tEx160LjMycDuv_kM_kkOaltsB4X9E_-5xpa61F7--oxts-A4gI_DDnTo-P",
    ),
    ("OpenAI service account", "sk-svcacct-mduqb3stNdcxiMtJcnjJEv3cX4Dsjax3rBJSogkUrTMKvHDAt-t2PfjYTJQv"),
    ("OpenAI organization", "org-miGdir9s74XplEULssA7O5mf"),
    (
        "Anthropic",
        "sk-ant-api03-TYagqsKw7zPnn1oW46j2z7Pp1hz3qYJYfLHjT_Gp0Kv18fwX-bjcc1lOsCXbVn752-IDK2FIbVP2w7i-bEoQaN-NIaSfNAA",
    ),
    ("Anthropic admin", "sk-ant-admin01-uOvWdyxmxxa4s3sPeZb0ESGrwR7jfnarP1_Qn78JO_jCJdNu7aJlRGLa_yuN"),
    ("OpenRouter", "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"),
    ("DeepSeek", "sk-82f578ba78e890319975663d76c354c5"),
    ("Langfuse", "sk-lf-2c9c69b5-fe88-f4c6-c475-1373d0863907"),
    ("Langfuse public", "pk-lf-33fb530e-b636-ad6d-c497-fcbae9ffa408"),
    ("LangSmith", "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"),
    ("Groq", "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"),
    ("xAI", "xai-EmO3UQJNeNo3CDc1JTf9kHymkXbaI3L32xMvyUdmhbSMuNBJlZTWPE40Bj7QeAs3qqerwvbkaRjaBi5V"),
    ("Perplexity", "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"),
    ("Cerebras", "csk-33ekmmd93orah7bxrt209vs8kn8bly4bji1nafxk8wiqdgua"),
    ("Fireworks", "fw_hDoiRjaydF9DuoOC5Z98rVgr"),
    ("Together", "a43821f4a18110ec921a69f4fad19c834fcdd9f29ffc79b930cd79d7949b5a38"),
    ("Mistral", "YdY2SL1vWg7e9NFcUVNGMBDhmzcK0oHy"),
    ("Cohere", "av10c2qk5ojo9iuKNW1V6HczaEdG88bU9LLMH67p"),
    ("Voyage", "pa-QrX7EYn2oOK7lsszOCWLPFc753PCDRgTOPFCg5O3mzm"),
    ("Jina", "jina_62b1a44c0cf11ece81788ca00219d2ccSEYzyZs92rDOVO2DPWifceNLWJyp"),
    ("Hugging Face", "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"),
    ("Replicate", "r8_ambdD0lsOQYoYzl1Q5OIYHdFUoMuZWDV6kCJ3"),
    ("ElevenLabs", "sk_dc07ff6d510110c328d2e66786361020b424f06908502a38"),
    ("AssemblyAI", "96a52378870c2fcc7e973cd5dde43eb8"),
    ("Deepgram", "3e2c944568a86b6460d980a7fc71111a2eae3afc"),
    ("Serper", "3b4f31cce1ef254e9e6bdfd7409fd6d84a3fcbb8"),
    ("Exa", "bf188a65-f212-00af-775f-c6bbacdd7dfc"),
    ("Firecrawl", "fc-44bf19ec929feb90108fdbb784b2cf55"),
    ("Tavily", "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"),
    ("Tavily, development", "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"),
    ("Brave", "BSAf9iXQyUFaBr8GwemC9tL2vZWnNPX"),
    ("Browserbase", "bb_live_fUznDWbYi4MvuYIIdUInheB7ANd"),
    ("Apify", "apify_api_4LZ4KwnJgO5SDBeu0DQU23VfJxd3DZh9J0ep"),
    ("Pinecone", "pcsk_RRoLrR_fPQc2GL2UP38oby6tbUXe1NqJyQWKxVBglaZWcGwgCOA9w4ghnZwa9CnTVPWygN"),
    ("Google", "AIzaLT-eiKBoWLZXEuvqoGjhoi1UAm2BQjQWz95"),
    ("Google without signs", "AIzaMzoe8np28wOp3sawze47tWDL0GXXyXIm1Ml"),
    ("Google OAuth", "ya29.-czE79AhQmXbn6MdkgBF5SQn7JEI_aaY7M-vP74Af50duybU4v8PiZcap-HGYUkInAqXlFt7Q65b_JYb"),
    ("Google OAuth secret", "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"),
    ("Azure", "f88010700595efd7cc3a2a84f97e0782"),
    ("Azure, new", "R9TeRO9hVgUHvlhAd0DILTz5V6mpSx7dTdBZaMWeo9J7gGdtG52vpGEOlT88NEyq4KBGZFZ8JnL2AAAB"),
    (
        "Azure storage",
        "lJiuBMwiUmgkgrvWoi3UQTsQAkbdFNQppNbduj9+zpqPu986V3b0wAKM3Y8wSZZ4nQ6dFn/uSzVlr5EpGVlNRA==",
    ),
    ("Azure AD secret", "7He8Q~LVg2SASyjCGsyYMrTZd-70Xf0uwVMZJ4qH"),
    ("Stripe", "sk_live_mInBTyb3XM8M9B6wmyqVfQzu"),
    (
        "Stripe test",
        "sk_test_tqdAUqGmhoD2UvQCqmUtWIMUT60pa4rFneiN921vR0NLwkoEnlTlRwDpZv0naIUl1k74AKLEHBFnFzvaYWebKYbAb2sG187uEDh",
    ),
    ("Stripe restricted", "rk_live_wqLhFEM77NpDu66XW1AqsSKv"),
    ("Stripe publishable", "pk_live_k8IhA1MeftCiy9OJ9kKTv2Un"),
    ("Stripe webhook", "whsec_pKLwMearVNKk2uPfpOVcpOwXmJKamiwo"),
    ("Twilio account", "AC8be0370fa31d7a2e385a8a746a7380e9"),
    ("Twilio key", "SK807025730ae6006ba0ca98572223bced"),
    ("SendGrid", "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"),
    ("Resend", "re_5Admy8SX_ssURM4iGtvE97OqLtL1v5pRw"),
    ("Mailgun", "key-5de734f2edf738a53cd5f00ee3d2b475"),
    ("Mailchimp", "a2915402f30ca38bd982a1097238b051-us14"),
    ("Brevo", "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"),
    ("Postmark", "358ed7fc-1bb2-94c9-062c-e353014f8ee0"),
    ("Notion", "secret_Tnoe7JDCFokGB3Yt1swBe0IiRiZyb4m3GOXWGE00nqq"),
    ("Notion, new", "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"),
    ("Linear", "lin_api_3EF6zO0yVfj7QEYAXtBgkF0eOtWgQZZrtBwXjftz"),
    ("Airtable", "patNMLNukiMTv4rGz.ab66d79750079c8b0aec66ab75d3e4ed751281a471a6e97aa651b9f3f7b86fd4"),
    ("Figma", "figd_o01IL5Q1RMhfi-frRNRSPb213CMGuX20bg2RUxJk"),
    ("Slack bot", "xoxb-075854102862-SUyMNxedtMKwD06nBssz1sBk"),
    ("Slack app", "xapp-1-AO0YE1LWFEK-373966ce9c1593ccf48386b3071234ed454204f27dce13175d1e95a71e0c0bae"),
    ("Discord", "vKogDSqJw6NDSuDbtuEriUcg.YrGd9Z.bSyadzNM1lbsEC0QptMiBIkE-U7"),
    ("Telegram", "8935385299:AANcfv6GOPj8IFgoxpUzqhWiztXX0N0tFuK"),
    ("GitHub personal", "ghp_ntBNTB7938KcfBAZtETlbhSTfAryBd97xQSp"),
    ("GitHub OAuth", "gho_Hf0fdGjm4phGCOLjuVhJULLp5UfQ5HmzRNnr"),
    ("GitHub user", "ghu_6r6F0oksITTjBntNOBf2t7CVUfTMLU1AqH2c"),
    ("GitHub server", "ghs_GZsCyD5eYNFlVQlgiBKfXRM88SGEpMK4kzJh"),
    ("GitHub refresh", "ghr_bssGyYNdlai4fjqBOrWedZUCvJpurPLuSoHd55W42KcEmG4qiySzySKCpoDktnQ4RTxKf9NWp5rJ"),
    (
        "GitHub fine-grained",
        "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",
    ),
    ("GitLab", "glpat-qLLxsIu81sWMZ_hsv8a1"),
    ("npm", "npm_fSd48vmp3Um6s216GOsiaShFFJTEgD4fQXkB"),
    (
        "PyPI",
        "pypi-AgEIcHlwaS5vcmcV7GoqA4sTGPfG0rj6r5Uv3L1DcRKPyDTFUsM6V12rvLP1cdiVM4ZkQ3GiZd1PUrPsZAFiy7ms7vJguEEzsGMffoYs7Dhlm9oeK0U",
    ),
    ("Docker", "dckr_pat_v4gI0EqIzELfltwXIi2ap4Aohw2"),
    ("DigitalOcean", "dop_v1_2ac7704834c64e7e2289b430a238f5e41d34c96db065f43a486286e44609308b"),
    ("Supabase", "sbp_6d18b82148374fe74ee550ba0a71491dc4dad4ef"),
    ("Vercel", "1j9wSlHn70n5LUCu2z7ha3UN"),
    ("Cloudflare", "uAAOiO1cdegtOP4KRa48IlFRhS4lo2saB99L7R7o"),
    ("Datadog", "4e90982e01a1164996b766c640ac0f95"),
    ("Datadog application", "d2f711c85dde030b93b5664e6971fd0aaaecf23c"),
    (
        "Sentry",
        "sntrys_eyJpYXQiOjE3J8jlNV4b0Ak8oKfc2zUSp1D59pOxKN9agNueqKi6yhVNTNgFoCRhzFMZOGpW6nVTWUAlrHnYOVbXSFnM",
    ),
    ("Grafana", "glsa_2GZAexluOnlrYp7ZdyltZ0ZSOgd1J8mZ_db057c96"),
    ("New Relic", "NRAK-JTDXNOWZ9RVEKWKVOMX6WVMJ9NV"),
    ("PostHog", "phc_fUdd0Q0sl9Ypi11Xd9VX4evABGcnSh9UUIYghMTPHUJ"),
    ("Shopify", "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"),
    ("Doppler", "dp.pt.FUv9Pzr9YEaknoLKnT5xlpD7iQkT2GtQJfIsDTWUhsr"),
    (
        "HashiCorp Vault",
        "hvs.T-KYl6kT70xJJhoxSLHsfJFJLG7f2gAWpREh1tjFaVfBtu7HNxOduK7_e1Yk7emyhxq3Oyhj3ILJl4txpzGte0Xph3",
    ),
    ("Databricks", "dapi6df45e2fc5ceba6e9ec931d93bb435dc"),
    ("Algolia", "db5ac06f6919c427e2101eadd5c8549d"),
    ("Mapbox", "pk.eyJ1IjoimgrzyXezPFGE9TlOVMNet9xcbuVSGNcuDPxAULA4.zOVshzJ0TDfk_i6z13TDtH"),
    (
        "JWT",
        "eyJhbGciOiJIUzI1NiJ9.KYsO5rtFtJw7Ummsg0LTmHm7GQychbiIKaZ4YltHMatbYEaRnLSIVnG7_5p4.JLsiTNrMLEtnOPpYrSqyghXL9dCx8kfR2O7QYfoPJe9",
    ),
    ("head of a JWT", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"),
    ("bearer token", "Bearer sZaXNnZyOJZy0bpQ11h5immg0cUP3FPk"),
    ("basic authentication", "Basic pg8gUEK3zD4R5jr4XpSOUWdP9MC4o2=="),
    ("URL", "https://api.example.com/v1?api_key=d306220cda7801ca964ef3e2041c4c41"),
    ("Postgres", "postgres://user:TgH9KwyV4JReY28U@db.example.com:5432/app"),
    ("MongoDB", "mongodb+srv://user:aXdO7ctiP2QGs1O6@cluster.example.com"),
    ("Redis", "rediss://:P8vTrY9bT2PT7vlKo24Ep6xI@cache.example.com:6379"),
    (
        "private key",
        "-----BEGIN PRIVATE KEY-----\noHixWObkDHn31TBQSwvbxALR3Ak0CWVSHkH4wqRTQrfMFVR/qNu0RFH8I2JxM3sg\n-----END PRIVATE KEY-----",
    ),
    ("SSH key", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI3n/iBbpVCFlBXp5HGiN1XXSXIaPJNc9oGh7R0R0GH6o"),
    ("JSON", "{\"private_key_id\":\"c0419d4ced14f25e1cfb8e802e83623ace74ae7f\"}"),
    ("assignment", "OPENAI_API_KEY=sk-2Es3K3ri2GS4w2M80Y9p3s5uQS9m2HUbUf55rD3G6IHPX7dc"),
    ("assignment without signs", "OPENAI_API_KEY_64d0d8036a03eeac9613ae15470954d1"),
    ("name before a digest", "MY_KEY_8053a737ea0cea64b45d650e15eb0104e1bac09e"),
    ("digest before a name", "a60f3dd3a1e905599fd21f51ad50ae3a_PRODUCTION"),
    ("spaces around it", " Or5JuK97BmDxPM9ASxpgc8G3lGejlzsZ "),
    ("password", "correct horse battery staple"),
    ("password with signs", "Tr0ub4dor&3"),
    ("letter that is not ASCII", "schlüssel"),
    ("fifteen letters and digits", "q7ZkW01vB3nR9tL"),
    ("fifteen letters and digits after words", "lin_api_q7ZkW01vB3nR9tL"),
    ("short, after a prefix", "sk_live_1234"),
    ("short, after another prefix", "ghp_1234"),
    ("digits inside, after a prefix", "hf_ab12cd34"),
    ("ten digits, after a prefix", "pk_1234567890"),
];

/// Names, separated by spaces.
const NAMES: &str = "OPENAI_API_KEY OPENAI_API_KEY_2 AZURE_OPENAI_API_KEY_WESTEUROPE_2 S3_KEY TOKEN openai_key_3 Key1 K _ KEY key a \
    A1 EXA_KEY EXA_API_KEY_1 anthropic_key_1 ANTHROPIC_API_KEY ANTHROPIC_API_KEY_3 A_RATHER_LONG_NAME_OF_A_KEY_42 \
    OpenAiApiKeyNumber1 OpenAiApiKeyNumber12 Azure_OpenAI_Key_West_2 azureOpenaiGpt4TurboKey AzureOpenAi4oMiniKey2 \
    GPT4oMiniApiKeyV2 GPT4_KEY GPT_4O_MINI_KEY O1_KEY LLAMA370BINSTRUCTKEY CLAUDE35SONNETKEYEU1 \
    CLAUDE_3_5_SONNET_KEY GOOGLEGENERATIVEAIAPIKEY GOOGLE_GENERATIVE_AI_API_KEY GOOGLE_API_KEY GEMINI_API_KEY \
    GEMINI_API_KEY_10 VERTEX_AI_KEY GOOGLE_APPLICATION_CREDENTIALS GOOGLE_CLOUD_API_KEY openaiApiKeyProduction2 \
    openaiapikeyproduction AWSKMSKEYWESTEUROPE AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN \
    AWS_BEDROCK_KEY AWS_KMS_KEY_ARN HKM_AWS_KMS_HSM_RSA_KEY ASIA_OPENAI_KEY ASIA_PACIFIC_KEY_2 ASIAPACIFICKEY ASIA \
    APAC_KEY EU_WEST_1_KEY US_EAST_2_OPENAI_KEY AP_SOUTHEAST_1_KEY EASTUS2_AZURE_KEY NORTHCENTRALUS_KEY \
    SWEDENCENTRAL_AZURE_OPENAI_KEY AWS_123456789012_KEY TENANT_000123_KEY KEY_2026_01 KEY_20260131 sk_key \
    sk_test_key pk_key rk_key hf_token HF_TOKEN npm_token npm_config_key NPM_TOKEN r8_token gsk_key github_pat_ci \
    github_pat_2 ghp_token glpat_ci GITHUB_TOKEN GITHUB_PAT GITLAB_TOKEN secret secret_key secret_key_2 \
    SECRET_ACCESS_KEY re_key RE_SEND_KEY key_1 key_prod token_2 xai_api_key XAI_API_KEY lin_api_key jina_api_key \
    JINA_API_KEY shpat_key whsec_prod MISTRAL_API_KEY COHERE_API_KEY CO_API_KEY DEEPSEEK_API_KEY PERPLEXITY_API_KEY \
    PPLX_KEY GROQ_API_KEY CEREBRAS_API_KEY FIREWORKS_API_KEY TOGETHER_API_KEY TOGETHERAI_API_KEY OPENROUTER_API_KEY \
    REPLICATE_API_TOKEN HUGGINGFACE_API_KEY HUGGINGFACEHUB_API_TOKEN VOYAGE_API_KEY ELEVENLABS_API_KEY XI_API_KEY \
    ASSEMBLYAI_API_KEY DEEPGRAM_API_KEY STABILITY_API_KEY FAL_KEY LUMAAI_API_KEY RUNWAYML_API_SECRET \
    WOLFRAM_ALPHA_APPID FIRECRAWL_API_KEY TAVILY_API_KEY SERPER_API_KEY SERPAPI_API_KEY BRAVE_API_KEY \
    BROWSERBASE_API_KEY BROWSERBASE_PROJECT_ID APIFY_TOKEN SCRAPINGBEE_API_KEY BRIGHTDATA_API_KEY LINKUP_API_KEY \
    PEOPLEDATALABS_API_KEY HUNTER_API_KEY APOLLO_API_KEY CLEARBIT_KEY STRIPE_SECRET_KEY STRIPE_WEBHOOK_SECRET \
    TWILIO_AUTH_TOKEN TWILIO_ACCOUNT_SID SENDGRID_API_KEY RESEND_API_KEY MAILGUN_API_KEY NOTION_API_KEY \
    LINEAR_API_KEY AIRTABLE_API_KEY SLACK_BOT_TOKEN DISCORD_BOT_TOKEN TELEGRAM_BOT_TOKEN PINECONE_API_KEY \
    QDRANT_API_KEY WEAVIATE_API_KEY SUPABASE_SERVICE_ROLE_KEY NEXT_PUBLIC_SUPABASE_ANON_KEY DATABASE_URL \
    POSTGRES_PASSWORD MONGODB_URI REDIS_URL KV_REST_API_TOKEN UPSTASH_REDIS_REST_TOKEN CLOUDFLARE_API_TOKEN \
    VERCEL_TOKEN SENTRY_AUTH_TOKEN DATADOG_API_KEY DD_API_KEY NEW_RELIC_LICENSE_KEY POSTHOG_KEY LANGFUSE_SECRET_KEY \
    LANGSMITH_API_KEY X509_CERT_KEY RSA4096_PRIVATE_KEY ED25519_SIGNING_KEY SHA256_HMAC_KEY OAUTH2_CLIENT_SECRET \
    JWT_SECRET BASE64_ENCODED_KEY IPV6_TOKEN K8S_SECRET B2B_API_KEY I18N_KEY HS256_SECRET TLS_AES_128_GCM_KEY \
    UTF8_KEY ENCRYPTION_KEY INTERNAL_API_SECRET BETTER_AUTH_SECRET NEXTAUTH_SECRET CRON_SECRET";

#[test]
fn secrets_of_many_issuers_are_recognized() {
    assert!(SECRETS.len() >= 100);
    for (name, secret) in SECRETS {
        assert!(looks_like_secret(secret), "{name}: {secret}");
    }
}

#[test]
fn names_of_variables_are_not_secrets() {
    let names = || NAMES.split_whitespace();
    assert!(names().count() >= 100);
    for name in names().flat_map(|name| [name.to_owned(), name.to_ascii_lowercase()]) {
        assert!(!looks_like_secret(&name), "{name}");
    }
    assert!(!looks_like_secret(""));
    assert!(!looks_like_secret(&"K".repeat(900)));
}

/// Returns how many of 10,000 random texts are taken for names. They are the same in each run.
fn missed(alphabet: &str, length: usize) -> usize {
    let alphabet = alphabet.as_bytes();
    let mut random = fastrand::Rng::with_seed(1);
    let mut text =
        || (0..length).map(|_| char::from(alphabet[random.usize(..alphabet.len())])).collect::<String>();
    (0..10_000).filter(|_| !looks_like_secret(&text())).count()
}

#[test]
fn of_random_texts_at_most_one_in_a_hundred_is_taken_for_a_name() {
    const LETTERS: &str = "abcdefghijklmnopqrstuvwxyz";
    const DIGITS: &str = "0123456789";
    let capitals = LETTERS.to_ascii_uppercase();
    let base32 = capitals.clone() + "234567";
    let base62 = capitals.clone() + LETTERS + DIGITS;
    let base64_url = base62.clone() + "_";
    for (alphabet, length, most) in [
        ("0123456789abcdef", 32, 0),
        ("0123456789ABCDEF", 40, 0),
        (DIGITS, 16, 0),
        (base32.as_str(), 16, 100),
        (&base32, 32, 10),
        (&base62, 16, 30),
        (&base62, 24, 1),
        (&base62, 40, 0),
        (&base64_url, 43, 1),
        (&(LETTERS.to_owned() + DIGITS), 24, 10),
        (&(capitals + LETTERS), 24, 40),
    ] {
        let missed = missed(alphabet, length);
        assert!(missed <= most, "{missed} of {length} characters of {alphabet}");
    }
}

/// Returns the words of all names, without names in camel case: no name mixes both styles.
fn words_of_one_case() -> Vec<&'static str> {
    let is_of_one_case =
        |word: &&str| *word == word.to_ascii_lowercase() || *word == word.to_ascii_uppercase();
    NAMES.split([' ', '_']).filter(is_of_one_case).collect()
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn words_and_short_numbers_in_any_case_are_a_name(
        words in prop::collection::vec(prop::sample::select(words_of_one_case()), 1..8),
        number in prop::option::of(0..1_000_u16),
        case in 0..3,
    ) {
        let number = number.map(|number| format!("_{number}")).unwrap_or_default();
        // Does not begin with a prefix of credentials, which numbers must not follow.
        let name = format!("MY_{}{number}", words.join("_"));
        let name = match case {
            0 => name,
            1 => name.to_ascii_lowercase(),
            _ => name.to_ascii_uppercase(),
        };
        prop_assert!(!looks_like_secret(&name));
    }

    #[test]
    fn a_label_shorter_than_a_judged_part_is_a_name_unless_it_begins_like_a_credential(
        name in "[B-DL-M][A-Za-z0-9_]{0,10}",
    ) {
        prop_assert!(!looks_like_secret(&name));
    }

    #[test]
    fn a_character_that_is_invalid_in_a_name_makes_a_label_a_secret(
        before in "[A-Z0-9_]{0,30}",
        sign in "[^A-Za-z0-9_]",
        after in "[A-Z0-9_]{0,30}",
    ) {
        let secret = format!("{before}{sign}{after}");
        prop_assert!(looks_like_secret(&secret));
    }

    #[test]
    fn a_digest_is_a_secret_wherever_it_is_in_a_name(
        digest in "[0-9a-f]{32}|[0-9A-F]{40}|[0-9a-f]{64}",
        before in prop::sample::select(NAMES.split(' ').collect::<Vec<_>>()),
        after in prop::sample::select(NAMES.split(' ').collect::<Vec<_>>()),
    ) {
        let secret = format!("{before}_{digest}_{after}");
        prop_assert!(looks_like_secret(&secret));
    }

    #[test]
    fn a_prefix_of_credentials_makes_what_is_not_made_of_words_a_secret(
        prefix in prop::sample::select(PREFIXES.iter().chain(&MARKS).copied().collect::<Vec<_>>()),
        rest in "[A-Za-z]{0,8}[0-9]{4}[A-Za-z0-9]{0,20}|[a-z]{1,4}[0-9][a-z]{2,4}",
    ) {
        let secret = format!("{prefix}{rest}");
        prop_assert!(looks_like_secret(&secret));
    }
}
