// Back-end that accepts claimsmith's internal token, and no other. Start: dotnet run

using System.Security.Claims;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.IdentityModel.Tokens;

string Setting(string name) =>
    Environment.GetEnvironmentVariable(name) ?? throw new InvalidOperationException($"set {name}");
var issuer = Setting("CLAIMSMITH_ISSUER");
var ns = Environment.GetEnvironmentVariable("CLAIMS_NAMESPACE") ?? "https://claims.example.com/";
var host = Environment.GetEnvironmentVariable("HOST") ?? "127.0.0.1";

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer(options =>
{
    options.Authority = issuer; // Its /.well-known/openid-configuration names the keys.
    options.RequireHttpsMetadata = issuer.StartsWith("https:");
    options.MapInboundClaims = false; // `sub` stays `sub`.
    options.AutomaticRefreshInterval = TimeSpan.FromMinutes(5); // Lets go of a withdrawn key. Less is not possible.
    options.RefreshInterval = TimeSpan.FromSeconds(5); // Made-up key ids cannot flood claimsmith.
    options.TokenValidationParameters = new TokenValidationParameters
    {
        ValidIssuer = issuer,
        ValidAudience = Setting("AUDIENCE"),
        IgnoreTrailingSlashWhenValidatingAudience = false,
        ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256], // The library does not know EdDSA.
        ValidTypes = ["at+jwt"],
        RequireExpirationTime = true,
        ClockSkew = TimeSpan.FromSeconds(5),
        NameClaimType = "sub",
        RoleClaimType = ns + "roles",
    };
    options.Events = new JwtBearerEvents
    {
        OnMessageReceived = context =>
        {
            // Two may mean that a caller slipped in one of its own beside the gateway's. Without Fail, the library
            // would look into Authorization instead.
            var tokens = context.Request.Headers["X-Auth-Token"];
            if (tokens.Count == 1 && !string.IsNullOrEmpty(tokens[0])) context.Token = tokens[0];
            else context.Fail("one token, please");
            return Task.CompletedTask;
        },
        OnChallenge = context =>
        {
            context.Error = "invalid_token";
            context.ErrorDescription = null; // Why is nothing for the caller.
            return Task.CompletedTask;
        },
    };
});
builder.Services.AddAuthorization(options =>
    options.AddPolicy("invoice:read", policy => policy.RequireClaim(ns + "permissions", "invoice:read")));

var app = builder.Build();
app.UseAuthentication();
app.UseAuthorization();
app.MapGet("/me", (ClaimsPrincipal user) => new
{
    user = user.FindFirst("sub")?.Value,
    tenant = user.FindFirst("tenant")?.Value,
    roles = user.FindAll(ns + "roles").Select(role => role.Value),
    position = user.FindFirst("position")?.Value,
}).RequireAuthorization();
app.MapGet("/invoices", (ClaimsPrincipal user) => new
{
    tenant = user.FindFirst("tenant")?.Value,
    invoices = Array.Empty<string>(),
}).RequireAuthorization("invoice:read");
app.Run($"http://{host}:{Setting("PORT")}");
