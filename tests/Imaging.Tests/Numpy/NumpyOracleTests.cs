using System.IO.Compression;
using System.Text.Json;
using SAMed.MLNet.Imaging.Numpy;

namespace SAMed.MLNet.Imaging.Tests.Numpy;

/// <summary>Files written by NumPy itself, with the bytes it reads back, or the reason why it refuses them (NumSharp's corpus).</summary>
[Category("RealData")]
public sealed class NumpyOracleTests
{
    private static readonly HashSet<string> RefusedTypes = ["Complex", "Char"];

    [Test]
    public void Every_array_of_the_corpus_reads_as_NumPy_reads_it_or_is_refused()
    {
        using var folder = Unpack();
        using var manifest = JsonDocument.Parse(File.ReadAllText(folder.File("manifest.json")));
        var (read, refused) = (0, 0);
        using (Assert.EnterMultipleScope())
        {
            foreach (var entry in manifest.RootElement.GetProperty("cases").EnumerateArray())
            {
                var name = entry.GetProperty("name").GetString()!;
                var path = folder.File(entry.GetProperty("file").GetString()!);
                switch (entry.GetProperty("kind").GetString())
                {
                    case "npz":
                        CheckArchive(path, entry);
                        read++;
                        break;
                    case "header":
                        break; // Headers alone, for writers of other versions.
                    case var _ when entry.GetProperty("load_error").ValueKind == JsonValueKind.String || RefusedTypes.Contains(entry.GetProperty("ns_dtype").GetString() ?? ""):
                        Assert.That(() => NpyFile.Read(path), Throws.TypeOf<VolumeFormatException>(), name);
                        refused++;
                        break;
                    case "sequence":
                        Check(NpyFile.Read(path), entry.GetProperty("sequence")[0], name);
                        break;
                    default:
                        Check(NpyFile.Read(path), entry, name);
                        read++;
                        break;
                }
            }
        }
        Assert.That((read > 100, refused > 20), Is.EqualTo((true, true)), $"{read} read, {refused} refused");
    }

    [Test]
    public void Reading_then_writing_gives_NumPys_own_bytes()
    {
        using var folder = Unpack();
        using var manifest = JsonDocument.Parse(File.ReadAllText(folder.File("manifest.json")));
        var copy = folder.File("copy.npy");
        var compared = 0;
        using (Assert.EnterMultipleScope())
        {
            foreach (var entry in manifest.RootElement.GetProperty("cases").EnumerateArray())
            {
                if (entry.GetProperty("kind").GetString() == "npy" && entry.GetProperty("write_exact").GetBoolean() && entry.GetProperty("version")[0].GetInt32() == 1
                    && !entry.GetProperty("fortran_order").GetBoolean() && !RefusedTypes.Contains(entry.GetProperty("ns_dtype").GetString()!))
                {
                    var path = folder.File(entry.GetProperty("file").GetString()!);
                    NpyFile.Write(copy, NpyFile.Read(path));
                    var same = File.ReadAllBytes(copy).AsSpan().SequenceEqual(File.ReadAllBytes(path));
                    Assert.That(same, entry.GetProperty("name").GetString());
                    compared++;
                }
            }
        }
        Assert.That(compared, Is.GreaterThan(50));
    }

    private static void CheckArchive(string path, JsonElement entry)
    {
        using var archive = NpzFile.Open(path);
        foreach (var expected in entry.GetProperty("entries").EnumerateObject())
        {
            var name = $"{entry.GetProperty("name").GetString()}[{expected.Name}]";
            if (RefusedTypes.Contains(expected.Value.GetProperty("ns_dtype").GetString()!))
            {
                Assert.That(() => archive[expected.Name], Throws.TypeOf<VolumeFormatException>(), name);
            }
            else if (archive.Contains(expected.Name))
            {
                Check(archive[expected.Name], expected.Value, name);
            }
            else
            {
                Assert.Fail($"{name} is missing");
            }
        }
    }

    private static void Check(NpyArray array, JsonElement expected, string name)
    {
        Assert.That(array.ElementType.Name, Is.EqualTo(expected.GetProperty("ns_dtype").GetString()), name);
        Assert.That(array.Shape, Is.EqualTo(expected.Ints("shape")), name);
        Assert.That(Convert.ToHexStringLower(ArrayBytes.Of(array)), Is.EqualTo(expected.GetProperty("ns_bytes").GetString()), name);
    }

    private static TempFolder Unpack()
    {
        var archive = TestData.Real("npy/npy_oracle.zip");
        var folder = new TempFolder();
        ZipFile.ExtractToDirectory(archive, folder.Path);
        return folder;
    }
}
