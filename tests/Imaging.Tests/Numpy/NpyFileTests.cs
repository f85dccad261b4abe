using System.Text;
using SAMed.MLNet.Imaging.Numpy;

namespace SAMed.MLNet.Imaging.Tests.Numpy;

public sealed class NpyFileTests
{
    [Test]
    public void Every_numeric_type_survives_a_round_trip()
    {
        NpyArray[] arrays =
        [
            NpyArray.Create([true, false, true, true, false, false], 2, 3), NpyArray.Create(new sbyte[] { -128, 127 }, 2), NpyArray.Create(new byte[] { 0, 255 }, 2, 1),
            NpyArray.Create([short.MinValue, short.MaxValue], 2), NpyArray.Create([ushort.MaxValue], 1), NpyArray.Create([int.MinValue, 7], 1, 2, 1),
            NpyArray.Create([uint.MaxValue]), NpyArray.Create([long.MinValue, long.MaxValue], 2), NpyArray.Create([ulong.MaxValue]),
            NpyArray.Create([(Half)1.5, Half.NaN], 2), NpyArray.Create([1.5f, float.NegativeInfinity, float.NaN], 3), NpyArray.Create([Math.PI], 1), NpyArray.Create(Array.Empty<float>(), 0, 4),
        ];
        using var folder = new TempFolder();
        NpzFile.Write(folder.File("all.npz"), arrays.Select((array, n) => KeyValuePair.Create($"a{n}", array)), compress: true);
        using var archive = NpzFile.Open(folder.File("all.npz"));
        using (Assert.EnterMultipleScope())
        {
            for (var n = 0; n < arrays.Length; n++)
            {
                NpyFile.Write(folder.File("one.npy"), arrays[n]);
                foreach (var read in new[] { NpyFile.Read(folder.File("one.npy")), archive[$"a{n}"] })
                {
                    Assert.That(read.ElementType, Is.EqualTo(arrays[n].ElementType));
                    Assert.That(read.Shape, Is.EqualTo(arrays[n].Shape));
                    Assert.That(ArrayBytes.Of(read), Is.EqualTo(ArrayBytes.Of(arrays[n])));
                }
            }
        }
        Assert.That(archive.Names, Has.Count.EqualTo(arrays.Length));
    }

    [Test]
    public void Fortran_order_big_endian_comes_back_in_C_order()
    {
        // [[1, 2, 3], [4, 5, 6]], first axis fastest.
        var path = Path.GetTempFileName();
        File.WriteAllBytes(path, [.. Header("{'descr': '>i2', 'fortran_order': True, 'shape': (2, 3), }"), 0, 1, 0, 4, 0, 2, 0, 5, 0, 3, 0, 6]);
        var array = NpyFile.Read(path);
        File.Delete(path);
        Assert.That(array.As<short>(), Is.EqualTo(new short[] { 1, 2, 3, 4, 5, 6 }));
    }

    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000,), }", "shape")]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': (2000000000,), }", "data")]
    [TestCase("{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999, 99999999999, 99999999999, 99999999999), }", "shape")]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", "shape")]
    [TestCase("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", "dtype")]
    [TestCase("{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }", "dtype")]
    [TestCase("{'descr': '', 'fortran_order': False, 'shape': (1,), }", "dtype")]
    [TestCase("{'descr': '<f4', 'fortran_order': False}", "header keys")]
    [TestCase("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': ()}", "header keys")]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': (", "shape")]
    [TestCase("", "header")]
    public void A_header_that_makes_no_sense_is_refused_before_anything_is_allocated(string header, string field)
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder.File("x.npy"), [.. Header(header), 0, 0, 0, 0]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(() => NpyFile.Read(folder.File("x.npy")), Throws.TypeOf<VolumeFormatException>()
            .With.Property(nameof(VolumeFormatException.Field)).EqualTo(field).And.Message.Contains("x.npy"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1 << 20));
    }

    [Test]
    public void A_missing_file_is_a_FileNotFoundException_that_names_it() =>
        Assert.That(() => NpyFile.Read("/nowhere/x.npy"), Throws.TypeOf<FileNotFoundException>().With.Message.Contains("/nowhere/x.npy"));

    [Test]
    public void Conversions_are_exact_or_refused()
    {
        Assert.That(NpyArray.Create([1.0, -3.0], 2).ToInt64(), Is.EqualTo(new long[] { 1, -3 }));
        Assert.That(() => NpyArray.Create([1.5], 1).ToInt64(), Throws.InvalidOperationException.With.Message.Contains("1.5"));
        Assert.That(() => NpyArray.Create([ulong.MaxValue], 1).ToInt64(), Throws.InvalidOperationException);
        Assert.That(() => NpyArray.Create([1f], 1).As<double>(), Throws.InvalidOperationException.With.Message.Contains("Single"));
        Assert.That(NpyArray.Create(new sbyte[] { -1 }, 1).ToSingle(), Is.EqualTo(new[] { -1f }));
        Assert.That(NpyArray.Create([true], 1).ToDouble(), Is.EqualTo(new[] { 1.0 }));
        Assert.That(() => NpyArray.Create([1f, 2f], 3), Throws.ArgumentException);
    }

    private static byte[] Header(string text) =>
        [0x93, .. "NUMPY"u8, 1, 0, (byte)(text.Length & 0xFF), (byte)(text.Length >> 8), .. Encoding.Latin1.GetBytes(text)];
}
