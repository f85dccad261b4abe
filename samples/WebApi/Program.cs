// A web service around a trained model: POST a NIfTI file, get its label map.
//
//   dotnet run -c Release --project samples/WebApi -- --Segmentation:ModelPath=out/train/model.zip --urls http://localhost:5080
//   curl --data-binary @image.nii.gz -H 'Content-Type: application/gzip' -o labels.nii.gz http://localhost:5080/segment

using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;
using SAMed.MLNet.Imaging;
using WebApi;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddOptions<SegmentationSettings>().BindConfiguration("Segmentation").ValidateDataAnnotations().ValidateOnStart();
builder.Services.AddSingleton<Segmenter>();
builder.Services.AddProblemDetails();
builder.Services.AddRateLimiter(_ => { });
// Every request in work holds its volume in memory.
builder.Services.AddOptions<RateLimiterOptions>().Configure<IOptions<SegmentationSettings>>((limiter, settings) =>
{
    limiter.RejectionStatusCode = StatusCodes.Status503ServiceUnavailable;
    limiter.AddPolicy("volumes", _ => RateLimitPartition.GetConcurrencyLimiter("all", _ => new() { PermitLimit = settings.Value.MaxParallel, QueueLimit = 256 }));
});

var app = builder.Build();
app.UseExceptionHandler();
app.UseStatusCodePages();
app.UseRateLimiter();
// A missing model or SAM checkpoint is told now, not to the first client.
app.Services.GetRequiredService<Segmenter>();

app.MapGet("/health", (Segmenter segmenter) => new { Status = "ok", segmenter.Device, segmenter.Classes });

app.MapPost("/segment", async (HttpRequest request, Segmenter segmenter, IOptions<SegmentationSettings> settings, CancellationToken cancellation) =>
    {
        try
        {
            using var upload = await Upload.Receive(request, settings.Value.TempFolder, settings.Value.MaxUploadBytes, cancellation);
            VolumeFile.Write(upload.LabelPath, segmenter.Segment(upload.ImagePath, cancellation));
            return Results.File(await File.ReadAllBytesAsync(upload.LabelPath, cancellation), "application/gzip", "labels.nii.gz");
        }
        catch (RejectedUploadException fault)
        {
            return Results.Problem(fault.Message, statusCode: fault.Status);
        }
    })
    .WithMetadata(new DisableRequestSizeLimitAttribute()) // Upload.Receive knows the limit.
    .Accepts<Stream>("application/octet-stream", "application/gzip", "application/x-gzip")
    .RequireRateLimiting("volumes");

app.Run();
