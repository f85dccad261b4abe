using SAMed.MLNet.Imaging.Binary;
using SAMed.MLNet.Imaging.Slices;

namespace SAMed.MLNet.Imaging.Nifti;

/// <summary>Reads NIfTI-1 and NIfTI-2: .nii, .nii.gz, and .hdr with .img, gzipped or not, both byte orders.</summary>
internal static class NiftiReader
{
    /// <summary>The header alone; works for every element type and number of volumes.</summary>
    public static VolumeInfo Identify(string path)
    {
        var headerPath = HeaderPathOf(path);
        using var stream = Open(headerPath, out _);
        var header = NiftiHeader.Read(stream, headerPath);
        return new VolumeInfo
        {
            Path = path,
            Format = header.Version == 1 ? "NIfTI-1" : "NIfTI-2",
            Geometry = NiftiGeometry.Of(header),
            HasGeometry = true,
            StoredType = NiftiDataType.Of(header.DataTypeCode, headerPath).Name,
            Shape = header.Shape,
            VolumeCount = header.VolumeCount,
            Slope = header.Slope,
            Intercept = header.Intercept,
            Description = header.Description,
            IsLabelMap = header.IntentCode == NiftiHeader.LabelIntent,
            LittleEndian = !header.BigEndian,
            ExtensionCount = SkipExtensions(stream, header),
        };
    }

    /// <summary>The scaled values as float32.</summary>
    public static Volume<float> ReadImage(string path)
    {
        var (header, data) = Read(path);
        return new Volume<float>(NiftiGeometry.Of(header), Elements.ToSingle(data, header.Slope, header.Intercept));
    }

    /// <summary>The scaled values as label ids.</summary>
    public static LabelVolume ReadLabels(string path)
    {
        var (header, data) = Read(path);
        var geometry = NiftiGeometry.Of(header);
        return new LabelVolume(geometry, LabelConversion.ToLabels(data, geometry, path, header.Slope, header.Intercept));
    }

    /// <summary>The slices in their own type, one after the other.</summary>
    public static StoredSlices Open(string path)
    {
        var opened = OpenVoxels(path);
        return new NiftiSlices(path, opened);
    }

    private static (NiftiHeader Header, Array Data) Read(string path)
    {
        using var opened = OpenVoxels(path);
        return (opened.Header, opened.Read(opened.Header.Width * opened.Header.Height * opened.Header.Depth, isLast: true, reuse: null));
    }

    /// <summary>Goes to the first voxel.</summary>
    private static OpenNifti OpenVoxels(string path)
    {
        var headerPath = HeaderPathOf(path);
        var stream = Open(headerPath, out var length);
        try
        {
            var header = NiftiHeader.Read(stream, headerPath);
            if (header.VolumeCount != 1)
            {
                throw new VolumeFormatException(path, "dim", "one volume (sizes x, y, z, and 1 beyond)", $"{string.Join("x", header.Shape)}: {header.VolumeCount} volumes; take one of them out first");
            }
            NiftiGeometry.Of(header); // Refuses an impossible grid before the voxels are read.
            var voxelPath = headerPath;
            if (header.IsPair)
            {
                voxelPath = ImagePathOf(headerPath);
                stream.Dispose();
                stream = Open(voxelPath, out length);
                ArrayReader.Skip(stream, header.VoxelOffset, voxelPath, "vox_offset");
            }
            else
            {
                SkipExtensions(stream, header);
            }
            return OpenNifti.Of(header, stream, length, voxelPath);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Goes from the end of the header to the voxels and counts the extensions on the way, each by its own size.</summary>
    private static int SkipExtensions(Stream stream, NiftiHeader header)
    {
        if (header.IsPair)
        {
            return 0; // They end with the file, and nothing comes after them.
        }
        var announced = ArrayReader.ReadBytes(stream, 4, header.Path, "extension flag")[0] != 0;
        var (left, count) = (header.VoxelOffset - header.SingleFileMinimum, 0);
        while (announced && left >= 8)
        {
            var size = new NiftiFields(ArrayReader.ReadBytes(stream, 8, header.Path, $"extension {count}"), header.BigEndian).Int32(0);
            left -= 8;
            if (size < 8 || size - 8 > left)
            {
                throw new VolumeFormatException(header.Path, $"extension {count} size", $"8 to {left + 8} bytes", $"{size}");
            }
            ArrayReader.Skip(stream, size - 8, header.Path, $"extension {count}");
            left -= size - 8;
            count++;
        }
        ArrayReader.Skip(stream, left, header.Path, "vox_offset");
        return count;
    }

    private static CheckedReadStream Open(string path, out long? length)
    {
        var file = InputFile.Open(path);
        Span<byte> start = stackalloc byte[2];
        var gzip = file.ReadAtLeast(start, 2, throwOnEndOfStream: false) == 2 && GzipInput.IsMagic(start);
        file.Position = 0;
        length = gzip ? null : file.Length;
        return new CheckedReadStream(gzip ? new GzipInput(file, path) : file, path, "gzip data");
    }

    private static string HeaderPathOf(string path) => Swap(path, ".img", ".hdr");

    private static string ImagePathOf(string path)
    {
        var image = Swap(path, ".hdr", ".img");
        return image != path ? image : throw new VolumeFormatException(path, "magic", "the header of a single file (.nii), or a name that ends in .hdr", "the header of a pair");
    }

    /// <summary>The other file of a pair; with or without .gz, whichever exists.</summary>
    private static string Swap(string path, string from, string to)
    {
        foreach (var (suffix, other) in new[] { ("", ".gz"), (".gz", "") })
        {
            if (path.EndsWith(from + suffix, StringComparison.OrdinalIgnoreCase))
            {
                var stem = path[..^(from.Length + suffix.Length)];
                return !File.Exists(stem + to + suffix) && File.Exists(stem + to + other) ? stem + to + other : stem + to + suffix;
            }
        }
        return path;
    }
}
