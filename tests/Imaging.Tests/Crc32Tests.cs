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
}
