using SAMed.MLNet.Imaging.Numpy;
using SkiaSharp;

namespace SAMed.MLNet.Imaging.Tests;

/// <summary>Whatever happens to a file, reading it gives a volume or a <see cref="VolumeFormatException"/>: no other exception, no end of the process, no huge allocation.</summary>
public sealed class DamagedFileTests
{
    private const int Rounds = 400;
    private const long MaxAllocatedBytes = 64 << 20;

    /// <summary>The HDF5 library asks for arrays of any size that 31 bits can say before it reads into them; the read is then refused, so that the
    /// memory is asked for, once, but never touched.</summary>
    private const long MaxAllocatedBytesHdf5 = 2L * int.MaxValue;

    [TestCase("a.npy")]
    [TestCase("stored.npz")]
    [TestCase("deflated.npz")]
    [TestCase("a.nii")]
    [TestCase("a.nii.gz")]
    [TestCase("a.h5")]
    [TestCase("a.png")]
    [TestCase("a.jpg")]
    [TestCase("a.bmp")]
    public void Random_damage_gives_a_volume_or_a_VolumeFormatException(string name)
    {
        using var folder = new TempFolder();
        var whole = Create(folder, name);
        var path = folder.File("damaged" + name);
        var random = new Random(20240229);
        var (read, refused) = (0, 0);
        for (var round = 0; round < Rounds; round++)
        {
            var seed = random.Next();
            File.WriteAllBytes(path, Damage(whole, new Random(seed)));
            foreach (var use in new Action[] { () => VolumeFile.Identify(path), () => VolumeFile.ReadImage(path), () => VolumeFile.ReadLabels(path), () => ReadSlices(path) })
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                try
                {
                    use();
                    read++;
                }
                catch (VolumeFormatException)
                {
                    refused++;
                }
                catch (Exception e)
                {
                    Assert.Fail($"{name}, damage {seed}: {e}");
                }
                Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(name == "a.h5" ? MaxAllocatedBytesHdf5 : MaxAllocatedBytes), $"damage {seed}");
            }
        }
        Assert.That((read > 0, refused > 0), Is.EqualTo((true, true)), $"{read} read, {refused} refused");
    }

    [TestCase("a.npy")]
    [TestCase("stored.npz")]
    [TestCase("deflated.npz")]
    [TestCase("a.nii")]
    [TestCase("a.nii.gz")]
    [TestCase("a.png")]
    [TestCase("a.jpg")]
    public void A_file_cut_anywhere_is_refused(string name)
    {
        using var folder = new TempFolder();
        var whole = Create(folder, name);
        var path = folder.File("cut" + name);
        for (var length = 0; length < whole.Length; length += 7)
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.That(() => VolumeFile.ReadImage(path), Throws.TypeOf<VolumeFormatException>(), $"{length} of {whole.Length} bytes");
        }
    }

    private static void ReadSlices(string path)
    {
        using var slices = VolumeFile.OpenImage(path);
        var slice = new float[slices.Geometry.SliceLength];
        while (slices.Next < slices.Geometry.Depth)
        {
            slices.Read(slice);
        }
    }

    private static byte[] Damage(byte[] whole, Random random)
    {
        var bytes = (byte[])whole.Clone();
        // Headers are where damage is interesting: half of the changes go to the first 600 bytes.
        for (var n = random.Next(1, 5); n > 0; n--)
        {
            var at = random.Next(2) == 0 ? random.Next(Math.Min(600, bytes.Length)) : random.Next(bytes.Length);
            switch (random.Next(4))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes.AsSpan(at, Math.Min(random.Next(1, 9), bytes.Length - at)).Fill(0xFF);
                    break;
                default:
                    bytes.AsSpan(at, Math.Min(random.Next(1, 9), bytes.Length - at)).Clear();
                    break;
            }
        }
        return random.Next(4) == 0 ? bytes[..random.Next(bytes.Length)] : bytes;
    }

    private static byte[] Create(TempFolder folder, string name)
    {
        var random = new Random(5);
        var image = new Volume<float>(Geometry.Unplaced(3, 4, 5), [.. Enumerable.Range(0, 60).Select(_ => (float)random.Next(9))]);
        var labels = new LabelVolume(image.Geometry, [.. image.Voxels.Select(value => (ushort)value)]);
        switch (name)
        {
            case "stored.npz":
                NpzFile.Write(folder.File(name), [KeyValuePair.Create("image", NpyArray.Create(image.Voxels, 3, 4, 5)), KeyValuePair.Create("label", NpyArray.Create(labels.Voxels, 3, 4, 5))]);
                break;
            case "deflated.npz":
            case "a.h5":
                VolumeFile.WritePair(folder.File(name), image, labels);
                break;
            case "a.png":
                VolumeFile.Write(folder.File(name), new LabelVolume(Geometry.Unplaced(1, 12, 5), labels.Voxels));
                break;
            case "a.jpg":
                using (var bitmap = new SKBitmap(40, 30, SKColorType.Rgba8888, SKAlphaType.Opaque))
                {
                    bitmap.Erase(new SKColor(200, 120, 90));
                    return bitmap.Encode(SKEncodedImageFormat.Jpeg, 90).ToArray();
                }
            case "a.bmp":
                return [.. "BM"u8, 70, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 24, 0, .. new byte[24], 1, 2, 3, 4, 5, 6, 0, 0, 7, 8, 9, 10, 11, 12, 0, 0];
            default:
                VolumeFile.Write(folder.File(name), image);
                break;
        }
        return File.ReadAllBytes(folder.File(name));
    }
}
