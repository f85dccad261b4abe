using SAMed.MLNet.Shared;

namespace SAMed.MLNet.Imaging.Tests;

public sealed class Crc32Tests
{
    [TestCase("", 0u)]
    [TestCase("123456789", 0xCBF43926u)]
    public void The_published_check_values_come_out(string text, uint expected) =>
        Assert.That(Crc32.Of(System.Text.Encoding.ASCII.GetBytes(text)), Is.EqualTo(expected));

    [Test]
    public void Pieces_of_any_length_give_what_the_whole_gives()
    {
        var bytes = new byte[100];
        new Random(3).NextBytes(bytes);
        for (var length = 1; length < bytes.Length; length++)
        {
            var crc = default(Crc32);
            foreach (var piece in bytes.Chunk(length))
            {
                crc.Append(piece);
            }
            Assert.That(crc.Value, Is.EqualTo(Crc32.Of(bytes)), $"pieces of {length}");
        }
    }

    [Test]
    public void Long_and_short_runs_give_what_the_tables_give()
    {
        var bytes = new byte[5000];
        new Random(4).NextBytes(bytes);
        for (var length = 0; length <= bytes.Length; length += length < 600 ? 1 : 37)
        {
            foreach (var start in new[] { 0, 3 })
            {
                var part = bytes.AsSpan(Math.Min(start, bytes.Length - length), length);
                Assert.That(Crc32.Of(part), Is.EqualTo(~Crc32.ByTables(uint.MaxValue, part)), $"{length} bytes from {start}");
            }
        }
    }

    [Test]
    public void Long_pieces_continue_each_other()
    {
        var bytes = new byte[20_000];
        new Random(5).NextBytes(bytes);
        foreach (var length in new[] { 255, 256, 257, 300, 511, 512, 1000, 4096, 9999 })
        {
            var crc = default(Crc32);
            foreach (var piece in bytes.Chunk(length))
            {
                crc.Append(piece);
            }
            Assert.That(crc.Value, Is.EqualTo(~Crc32.ByTables(uint.MaxValue, bytes)), $"pieces of {length}");
        }
    }

    [Test]
    public void Runs_of_many_thousand_bytes_give_what_the_tables_give()
    {
        var bytes = new byte[300_000];
        new Random(6).NextBytes(bytes);
        foreach (var length in new[] { 32_767, 32_768, 32_769, 32_831, 36_863, 40_000, 65_536, 100_001, 262_144, 299_995 })
        {
            foreach (var before in new[] { 0, 5 })
            {
                var crc = default(Crc32);
                crc.Append(bytes.AsSpan(0, before));
                crc.Append(bytes.AsSpan(before, length));
                Assert.That(crc.Value, Is.EqualTo(~Crc32.ByTables(uint.MaxValue, bytes.AsSpan(0, before + length))), $"{before} and {length} bytes");
            }
        }
    }

    [Test]
    public void Adding_a_byte_to_three_later_ones_in_place_of_keeping_it_changes_no_checksum()
    {
        var bytes = new byte[Crc32Thinning.Far + 1];
        bytes[0] = 0xA5;
        var moved = new byte[bytes.Length];
        moved[Crc32Thinning.Near] = moved[Crc32Thinning.Middle] = moved[Crc32Thinning.Far] = 0xA5;
        Assert.That(Crc32.ByTables(0, moved), Is.EqualTo(Crc32.ByTables(0, bytes)));
    }

    [Test]
    public void Registers_of_32_and_of_64_bytes_add_the_same()
    {
        var bytes = new byte[Crc32Thinning.AtOnce];
        var narrow = new byte[Crc32Thinning.History + bytes.Length];
        new Random(7).NextBytes(bytes);
        new Random(8).NextBytes(narrow);
        byte[] wide = [.. narrow];

        Crc32Thinning.AddBy32(bytes, narrow);
        Crc32Thinning.AddBy64(bytes, wide);

        Assert.That(wide, Is.EqualTo(narrow));
        Assert.That(wide[^1], Is.EqualTo((byte)(bytes[^1] ^ wide[^(1 + Crc32Thinning.Near)] ^ wide[^(1 + Crc32Thinning.Middle)] ^ wide[^(1 + Crc32Thinning.Far)])));
    }
}
