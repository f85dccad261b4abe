using System.ComponentModel.DataAnnotations;

namespace WebApi;

/// <summary>The section <c>Segmentation</c> of the configuration, also given as <c>--Segmentation:ModelPath=…</c> or <c>Segmentation__ModelPath</c>.</summary>
internal sealed class SegmentationSettings
{
    /// <summary>The zip file that <c>mlContext.Model.Save</c> wrote.</summary>
    [Required]
    public string ModelPath { get; set; } = "";

    /// <summary>Folders to look in for the model's SAM checkpoint, besides the model's own and the cache.</summary>
    public string[] BaseFolders { get; set; } = [];

    /// <summary>Largest upload in bytes, as it is sent.</summary>
    [Range(1, long.MaxValue)]
    public long MaxUploadBytes { get; set; } = 512L << 20;

    /// <summary>Largest volume. A small gzip file can hold a volume that does not fit into memory.</summary>
    [Range(1, long.MaxValue)]
    public long MaxVoxels { get; set; } = 512L << 20;

    /// <summary>Requests that are worked on at the same time; others wait.</summary>
    [Range(1, 1024)]
    public int MaxParallel { get; set; } = 2;

    /// <summary>Where uploads lie while they are worked on; the system's folder when empty.</summary>
    public string TempFolder { get; set; } = "";
}
