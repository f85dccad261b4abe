namespace WebApi;

/// <summary>The body of a request as a file in a folder of its own, which disappears with everything in it.</summary>
internal sealed class Upload : IDisposable
{
    private readonly DirectoryInfo _folder;

    private Upload(string tempFolder)
    {
        var parent = tempFolder.Length > 0 ? Path.GetFullPath(tempFolder) : Path.GetTempPath();
        _folder = Directory.CreateDirectory(Path.Combine(parent, $"segmentation-{Guid.NewGuid():N}"));
    }

    /// <summary>The file. Its content says whether it is compressed.</summary>
    public string ImagePath => Path.Combine(_folder.FullName, "image.nii");

    /// <summary>Where the answer may be put together.</summary>
    public string LabelPath => Path.Combine(_folder.FullName, "labels.nii.gz");

    /// <summary>Receives the body.</summary>
    /// <exception cref="RejectedUploadException">It has more than <paramref name="maxBytes"/> bytes.</exception>
    public static async Task<Upload> Receive(HttpRequest request, string tempFolder, long maxBytes, CancellationToken cancellation)
    {
        if (request.ContentLength > maxBytes)
        {
            throw TooLarge(maxBytes);
        }
        var upload = new Upload(tempFolder);
        try
        {
            await using var file = File.Create(upload.ImagePath);
            await Copy(request.Body, file, maxBytes, cancellation);
            return upload;
        }
        catch
        {
            upload.Dispose();
            throw;
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static async Task Copy(Stream from, Stream to, long maxBytes, CancellationToken cancellation)
    {
        var buffer = new byte[1 << 16];
        for (long total = 0; await from.ReadAsync(buffer, cancellation) is > 0 and var got;)
        {
            total += got;
            if (total > maxBytes)
            {
                throw TooLarge(maxBytes);
            }
            await to.WriteAsync(buffer.AsMemory(0, got), cancellation);
        }
    }

    private static RejectedUploadException TooLarge(long maxBytes) =>
        new(StatusCodes.Status413PayloadTooLarge, $"The upload is larger than the {maxBytes} bytes that are taken.");
}
