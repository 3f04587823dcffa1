"""Django settings, all of them derived from ``environment``."""

from pathlib import Path
from typing import Any, get_args

import dj_database_url

from trainyard.config.account_settings import mail_backend, openid_connect
from trainyard.config.environment import environment, made, secret_key_or_ephemeral
from trainyard_common.logs import configure_logs
from trainyard_spec.datasets import NumberForm
from trainyard_spec.states import AttemptState, DatasetState, JobState
from trainyard_spec.tasks import Task
from trainyard_spec.webhook_events import WebhookEvent

ENVIRONMENT = environment()
REPOSITORY = Path(__file__).resolve().parents[3]

SECRET_KEY = secret_key_or_ephemeral()
DEBUG = ENVIRONMENT.debug
ALLOWED_HOSTS = list(ENVIRONMENT.allowed_hosts)
CSRF_TRUSTED_ORIGINS = [ENVIRONMENT.public_url]
CSRF_FAILURE_VIEW = "trainyard.api.problems.csrf_failure"
ROOT_URLCONF = "trainyard.config.urls"
ASGI_APPLICATION = "trainyard.config.asgi.application"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
AUTH_USER_MODEL = "tenants.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SITE_ID = 1

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin.apps.SimpleAdminConfig",  # its pages are found by urls.py, where alone they are served
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.headless",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "trainyard.core",
    "trainyard.tenants",
    "trainyard.pools",
    "trainyard.datasets",
    "trainyard.billing",
    "trainyard.jobs",
    "trainyard.registry",
    "trainyard.fine_tuning",
    "trainyard.training_sessions",
    "trainyard.portability",
    "trainyard.webhooks",
    "trainyard.notices",
    "trainyard.tracking",
    "trainyard.config",
]

MIDDLEWARE = [
    "trainyard.api.request_id.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "trainyard.config.content_policy.ContentPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "trainyard.api.scope.ScopeMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "trainyard.api.problems.ProblemMiddleware",
    "trainyard.api.accounts.middleware.KnownDeviceMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [REPOSITORY / "platform" / "trainyard" / "api" / "accounts" / "templates"],  # before allauth's own
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]


def _database() -> dict[str, Any]:
    # A thread gives its connection back after each request: those that wait must not keep others from working.
    config: dict[str, Any] = dict(dj_database_url.parse(ENVIRONMENT.effective_database_url, conn_max_age=0))
    if config["ENGINE"].endswith("sqlite3"):
        config["ENGINE"] = "trainyard.core.sqlite"
        # IMMEDIATE takes the write lock up front: a transaction that reads and then writes waits instead of failing.
        config["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            "kept_connections": ENVIRONMENT.database_connections,
            "cached_statements": 512,  # a connection that is kept need not parse what it was asked before
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
        }
    else:
        config["ENGINE"] = "trainyard.core.postgresql"
        config.setdefault("OPTIONS", {})["pool"] = {
            "min_size": 2,
            "max_size": ENVIRONMENT.database_connections,
            "timeout": 10,
        }
    return config


DATABASES = {"default": _database()}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": ENVIRONMENT.effective_cache_url,
        "KEY_PREFIX": "cache",
        "OPTIONS": {"serializer": "trainyard.core.json_cache.JsonSerializer"},
    }
}

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "trainyard.api.accounts.sign_up.SignUpFields"
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True  # in the browser that signed up, and in no other
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_REAUTHENTICATION_REQUIRED = True
# Failed log-ins are limited by tenants.login_limits; login_failed is left for codes of the second factor.
ACCOUNT_RATE_LIMITS = {"login": None, "login_failed": "5/5m/key"}
ACCOUNT_ADAPTER = "trainyard.api.accounts.adapters.AccountAdapter"
HEADLESS_ONLY = True
HEADLESS_CLIENTS = ("browser", "app")
HEADLESS_FRONTEND_URLS = {
    name: f"{ENVIRONMENT.public_url.rstrip('/')}/{path}"
    for name, path in {
        "account_confirm_email": "verify-email/{key}",
        "account_reset_password": "reset-password",
        "account_reset_password_from_key": "reset-password/{key}",
        "account_signup": "sign-up",
        "socialaccount_login_error": "login",
    }.items()
}
MFA_ADAPTER = "trainyard.tenants.second_factor.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Trainyard"
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not ENVIRONMENT.is_public
SOCIALACCOUNT_ADAPTER = "trainyard.api.accounts.adapters.ProviderAdapter"
SOCIALACCOUNT_PROVIDERS = openid_connect(ENVIRONMENT)
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
USERSESSIONS_TRACK_ACTIVITY = False

DEFAULT_FROM_EMAIL = SERVER_EMAIL = ENVIRONMENT.mail_from
EMAIL_TIMEOUT = 10
EMAIL_BACKEND, _EMAIL = mail_backend(ENVIRONMENT)
EMAIL_HOST, EMAIL_PORT = _EMAIL.host, _EMAIL.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _EMAIL.user, _EMAIL.password
EMAIL_USE_TLS, EMAIL_USE_SSL = _EMAIL.starttls, _EMAIL.implicit_tls

_HTTPS = ENVIRONMENT.is_public
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
SESSION_COOKIE_HTTPONLY = True
# The scheme and the client's address are set by the server, which believes TRAINYARD_TRUSTED_PROXIES alone.
SECURE_PROXY_SSL_HEADER = None
SECURE_HSTS_SECONDS = 365 * 86_400 if _HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

STATIC_URL = "/static/"
FRONTEND_DIST = REPOSITORY / "frontend" / "dist"
STATICFILES_DIRS = [FRONTEND_DIST] if FRONTEND_DIST.is_dir() else []
WHITENOISE_USE_FINDERS = True
WHITENOISE_IMMUTABLE_FILE_TEST = r"^.+\.[0-9a-f]{12}\..+$"  # how the dashboard's build names its files
WHITENOISE_ALLOW_ALL_ORIGINS = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

FILE_UPLOAD_TEMP_DIR = made(ENVIRONMENT.scratch_dir / "uploads", inside=ENVIRONMENT.data_dir.absolute())
FILE_UPLOAD_MAX_MEMORY_SIZE = 2**20
DATA_UPLOAD_MAX_MEMORY_SIZE = 33 * 2**20  # a prediction's JSON, or the fields of a form beside its files
DATA_UPLOAD_MAX_NUMBER_FIELDS = 100
DATA_UPLOAD_MAX_NUMBER_FILES = 256

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "trainyard.api.authentication.ApiKeyAuthentication",
        "trainyard.api.authentication.SessionTokenAuthentication",
        "trainyard.api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["trainyard.api.permissions.HasRole"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["trainyard.api.parsers.FiniteJSONParser"],
    "DEFAULT_METADATA_CLASS": None,  # OPTIONS of a call is a 405 that names its methods: the schema describes them
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["trainyard.api.rate_limits.RateThrottle"],
    "EXCEPTION_HANDLER": "trainyard.api.problems.handle_exception",
    "UNAUTHENTICATED_USER": None,
    "DATETIME_FORMAT": "%Y-%m-%dT%H:%M:%S.%fZ",
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Trainyard",
    "DESCRIPTION": "Training as a service: upload data, train, watch, use the model, read the bill.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "ActivationEnum": ["relu", "gelu", "silu", "tanh"],
        "StemEnum": ["auto", "small", "large"],
        "PoolingEnum": ["last", "mean", "attention"],
        "NumberFormEnum": list(get_args(NumberForm)),
        "TaskEnum": [task.value for task in Task],
        "DatasetStateEnum": [state.value for state in DatasetState],
        "JobStateEnum": [state.value for state in JobState],
        "AttemptStateEnum": [state.value for state in AttemptState],
        "RoleEnum": "trainyard.tenants.models.Role",
        "OrganizationStateEnum": "trainyard.tenants.models.Organization.State",
        "InvitationStateEnum": "trainyard.tenants.models.Invitation.State",
        "ExportStateEnum": "trainyard.portability.models.Export.State",
        "PoolStateEnum": "trainyard.pools.models.Pool.State",
        "LevelEnum": ["info", "warning", "error"],
        "HealthLevelEnum": ["ok", "warning", "failing"],
        "PriorityTierEnum": ["starving", "guaranteed", "fair_share"],
        "InvoiceStateEnum": "trainyard.billing.invoices.models.Invoice.State",
        "DisputeStateEnum": "trainyard.billing.invoices.dispute_models.Dispute.State",
        "InvoiceLineKindEnum": "trainyard.billing.invoices.models.InvoiceLine.Kind",
        "DunningActionEnum": ["charge", "remind", "no_new_jobs", "stop_jobs"],
        "LedgerKindEnum": "trainyard.billing.models.LedgerTransaction.Kind",
        "WorkerStateEnum": "trainyard.pools.models.Worker.State",
        "DeliveryStateEnum": "trainyard.webhooks.models.Delivery.State",
        "WebhookEndpointKindEnum": "trainyard.webhooks.models.WebhookEndpoint.Kind",
        "WebhookEventEnum": [event.value for event in WebhookEvent],
    },
    "PREPROCESSING_HOOKS": ["trainyard.api.schema.only_public_paths"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "trainyard.api.schema.describe_problems",
        "trainyard.api.schema.describe_idempotency",
        "trainyard.api.schema.describe_blank_texts",
        "trainyard.api.schema_examples.describe_examples",
    ],
    "GET_LIB_DOC_EXCLUDES": "trainyard.api.schema.documented_by_themselves",
}

UNFOLD = {"SITE_TITLE": "Trainyard operators", "SITE_HEADER": "Trainyard", "SITE_SYMBOL": "train"}

LOGGING_CONFIG = None
configure_logs(ENVIRONMENT.log_level, quiet=("uvicorn.access", "httpx"), silent=("django.security.DisallowedHost",))
