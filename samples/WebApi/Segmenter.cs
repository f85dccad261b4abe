using Microsoft.Extensions.Options;
using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Estimators;
using SAMed.MLNet.Imaging;

namespace WebApi;

/// <summary>The one model of the service. It is loaded once and shared by all requests.</summary>
internal sealed class Segmenter : IDisposable
{
    private readonly MLContext _ml = new();
    private readonly TransformerChain<SamSegmentationTransformer> _model;
    private readonly SegmentationSettings _settings;

    public Segmenter(IOptions<SegmentationSettings> settings)
    {
        _settings = settings.Value;
        _model = _ml.Segmentation().LoadModel(_settings.ModelPath, new LoadModelOptions { BaseFolders = _settings.BaseFolders });
    }

    /// <summary>Names of the classes 1, 2, ….</summary>
    public IReadOnlyList<string> Classes => [.. _model.LastTransformer.Classes.Select(entry => entry.Name)];

    /// <summary>Where the network lies.</summary>
    public string Device => _model.LastTransformer.Device;

    /// <summary>Labels the NIfTI file at <paramref name="image"/>.</summary>
    /// <returns>Labels on the grid of the image.</returns>
    /// <exception cref="RejectedUploadException">It is no NIfTI file, or too large.</exception>
    /// <exception cref="OperationCanceledException">The client has gone.</exception>
    public LabelVolume Segment(string image, CancellationToken cancellation)
    {
        try
        {
            // The header first, so that a file that is too large is not read.
            var info = VolumeFile.Identify(image);
            if (!info.Format.StartsWith("NIfTI", StringComparison.Ordinal))
            {
                throw new RejectedUploadException(StatusCodes.Status400BadRequest, $"Expected a NIfTI file (.nii or .nii.gz), got {info.Format}.");
            }
            if (info.Geometry.VoxelCount > _settings.MaxVoxels)
            {
                throw new RejectedUploadException(StatusCodes.Status413PayloadTooLarge,
                    $"The volume has {info.Geometry.VoxelCount} voxels, more than the {_settings.MaxVoxels} that are taken.");
            }
            return _ml.Segmentation().PredictVolume(_model, image, cancellationToken: cancellation);
        }
        catch (VolumeFormatException fault)
        {
            // Not its message, which names a path of this machine.
            throw new RejectedUploadException(StatusCodes.Status400BadRequest, $"The file is no volume: {fault.Field}: expected {fault.Expected}, got {fault.Got}.", fault);
        }
    }

    public void Dispose() => _model.Dispose();
}
